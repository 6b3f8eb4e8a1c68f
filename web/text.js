// Texts of records, made safe and short. Nothing here makes HTML of them: they become text nodes.

// control characters, those that turn the direction of writing, and those that are not seen
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const hex = (number, width) => number.toString(16).padStart(width, "0");

/** One character as Python escapes it. */
export function escape(c) {
  if (c === "\r") return "\\r";
  const point = c.codePointAt(0);
  return point < 0x100 ? `\\x${hex(point, 2)}` : point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
}

/** The text with what can't be seen made visible. */
export const visible = (text) => text.replace(HIDDEN, escape);

/** The first line, visible, of at most `most` characters. */
export function firstLine(text, most = 600) {
  const end = text.indexOf("\n");
  const line = text.slice(0, end < 0 ? most : Math.min(end, most));
  return visible(line) + (line.length < text.length ? " …" : "");
}

/** Appends a text to an element, with what was hidden in it marked. */
export function put(element, text) {
  let at = 0;
  for (const match of text.matchAll(HIDDEN)) {
    element.append(text.slice(at, match.index));
    element.append(make("span", { class: "escape", text: escape(match[0]), title: "a character that is not seen" }));
    at = match.index + match[0].length;
  }
  element.append(text.slice(at));
  return element;
}

/** An element with attributes; `text` is its text and never its HTML. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "text") element.textContent = value;
    else if (key === "on") for (const [event, action] of Object.entries(value)) element.addEventListener(event, action);
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

const pad = (number, width = 2) => String(number).padStart(width, "0");

/** 14:03:07.120, in the reader's zone. */
export function time(seconds) {
  const when = new Date(seconds * 1000);
  return `${pad(when.getHours())}:${pad(when.getMinutes())}:${pad(when.getSeconds())}.${pad(when.getMilliseconds(), 3)}`;
}

export function date(seconds) {
  const when = new Date(seconds * 1000);
  return `${when.getFullYear()}-${pad(when.getMonth() + 1)}-${pad(when.getDate())}`;
}

export const levelWord = (level) =>
  level >= 50 ? "critical" : level >= 40 ? "error" : level >= 30 ? "warning" : level >= 20 ? "info" : "debug";

export const number = (n) => n.toLocaleString("en-US");

/** A record as `logyard tail` prints it. */
export function plain(record) {
  const lines = [`${date(record.created)} ${time(record.created)} ${record.levelname} ${record.logger}: ${record.message}`];
  for (const text of [record.exception, record.stack]) if (text) lines.push(text.replace(/\n$/, ""));
  return lines.join("\n") + "\n";
}

/** The value as the query language takes it. */
export function quoted(value) {
  if (typeof value === "number") return String(value);
  const text = value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value);
  return /^[\p{L}\p{N}_.\-/]+$/u.test(text) ? text : `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
