// What a traceback's text tells: its frames, and which of them are the program's own.

const FRAME = /^ {2}File "(.*)", line (\d+), in (.*)$/;
const LIBRARY = /[\\/](site-packages|dist-packages)[\\/]|[\\/]lib(64)?[\\/]python|^</;

/** The parts of the text in order: {frame: {file, line, name, own}, text} or {text}. */
export function parts(text) {
  const found = [];
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const match = FRAME.exec(line);
    const last = found.at(-1);
    if (match) {
      found.push({ frame: { file: match[1], line: match[2], name: match[3], own: isOwn(match[1]) }, text: line });
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

const BEGIN = "Traceback (most recent call last):";
/** Frames that tell kinds apart. */
const FRAMES = 8;

/**
 * The exception's class, its message, and the functions of the program's own frames: of a chain, those of the last one.
 * Where the text is none of Python's, the client `logyard` tells them.
 */
export function kind(record) {
  const text = record.exception ?? "";
  const begin = text.lastIndexOf(BEGIN);
  let type = "", what = "", frames = [];
  if (begin >= 0) {
    const found = parts(text.slice(begin + BEGIN.length + 1));
    frames = found.filter((part) => part.frame).map((part) => part.frame);
    const last = found.find((part) => !part.frame && /^\S/.test(part.text))?.text.split("\n")[0] ?? "";
    const colon = last.indexOf(":");
    [type, what] = colon < 0 ? [last, ""] : [last.slice(0, colon), last.slice(colon + 1).trim()];
  }
  if (!type && record.raised) {
    ({ class: type, message: what } = record.raised);
    frames = record.raised.frames.map(([file, line, name]) => ({ file, line, name, own: isOwn(file) }));
  }
  if (!type) return { type: "", what: "", frames: [] };
  const own = frames.filter((frame) => frame.own);
  return { type, what, frames: (own.length ? own : frames).slice(-FRAMES).map(({ file, name }) => `${file}:${name}`) };
}

const isOwn = (file) => !LIBRARY.test(file);

/** A message without what differs from one time to the next. */
export const template = (message) =>
  message.split("\n")[0].slice(0, 300)
    .replace(/0x[0-9a-f]+|\b[0-9a-f]{8,}(-[0-9a-f]{4,})*\b/gi, "…")
    .replace(/'[^']*'|"[^"]*"/g, "…")
    .replace(/\d+(\.\d+)*/g, "…");
