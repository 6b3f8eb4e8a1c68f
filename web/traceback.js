// What a traceback's text tells: its frames, and which of them are the program's own.

const FRAME = /^ {2}File "(.*)", line (\d+), in (.*)$/;
const LIBRARY = /[\\/](site-packages|dist-packages|lib[\\/]python\d)[\\/.\d]|^<frozen /;

/** The parts of the text in order: {frame: {file, line, name, own}, text} or {text}. */
export function parts(text) {
  const found = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const match = FRAME.exec(line);
    const last = found.at(-1);
    if (match) {
      found.push({ frame: { file: match[1], line: match[2], name: match[3], own: !LIBRARY.test(match[1]) }, text: line });
    } else if (last?.frame && line.startsWith("    ")) {
      last.text += "\n" + line;
    } else if (last && !last.frame) {
      last.text += "\n" + line;
    } else {
      found.push({ text: line });
    }
  }
  return found;
}

/** The exception's class and message, from the last line that is not set in. */
export function raised(text) {
  const last = text.trimEnd().split("\n").filter((line) => /^\S/.test(line)).at(-1) ?? "";
  const colon = last.indexOf(": ");
  return colon < 0 ? [last, ""] : [last.slice(0, colon), last.slice(colon + 2)];
}

/** A message without what differs from one time to the next. */
export const template = (message) =>
  message.split("\n")[0].slice(0, 300)
    .replace(/0x[0-9a-f]+|\b[0-9a-f]{8,}(-[0-9a-f]{4,})*\b/gi, "…")
    .replace(/'[^']*'|"[^"]*"/g, "…")
    .replace(/\d+(\.\d+)*/g, "…");
