// One record with all that is known of it.

import { date, firstLine, levelWord, make, plain, put, quoted, time } from "./text.js";
import { parts } from "./traceback.js";

/** Characters that are shown at once; all of them on demand. */
const MOST = 20000;

export class Detail {
  /** `on`: close(), step(by, errorsOnly), search(query, record), written(record) */
  constructor(element, on) {
    Object.assign(this, { element, on });
  }

  show(record) {
    const word = levelWord(record.level);
    const button = (text, title, click) => make("button", { text, title, on: { click } });
    const copy = async (event, text) => {
      const { currentTarget } = event;
      await navigator.clipboard.writeText(text);
      const before = currentTarget.textContent;
      currentTarget.textContent = "copied";
      setTimeout(() => (currentTarget.textContent = before), 1200);
    };
    const bar = make("div", { class: "bar" },
      button("↑", "previous record (k)", () => this.on.step(-1, false)),
      button("↓", "next record (j)", () => this.on.step(1, false)),
      button("error ↑", "previous error (E)", () => this.on.step(-1, true)),
      button("error ↓", "next error (e)", () => this.on.step(1, true)),
      make("span", { class: "grow" }),
      button("copy", "copy as plain text", (event) => copy(event, this.text ?? plain(record))),
      button("JSON", "copy as JSON", (event) => copy(event, JSON.stringify(record))),
      make("button", { class: "icon", text: "✕", "aria-label": "Close", title: "close (Esc)", on: { click: () => this.on.close() } }));
    const head = make("h2", { class: word }, make("span", { class: "lvl", text: firstLine(record.levelname, 40) }), " ", firstLine(record.logger, 300));
    const when = make("div", { class: "count", text: `${date(record.created)} ${time(record.created)}  ·  number ${record.number}  ·  from ${record.peer}` });
    this.element.replaceChildren(bar, head, when, long(record.message, "message"));
    if (record.exception) this.element.append(make("h3", { text: "Traceback" }), traceback(record.exception));
    if (record.raised && !record.exception?.includes("Traceback (")) this.element.append(make("h3", { text: "Exception" }), traceback(told(record.raised)));
    if (record.stack) this.element.append(make("h3", { text: "Stack" }), traceback(record.stack));
    this.fields("Fields", record.extra, record);
    this.fields("Where it comes from", record.origin, record);
    const around = make("div", { class: "bar" });
    if (record.origin?.process !== undefined) {
      around.append(button("around it: this process", "what this process has logged", () => this.on.search(`process=${record.origin.process}`, record)));
    }
    for (const name of ["request_id", "trace_id", "correlation_id", "otelTraceID"]) {
      const value = record.extra?.[name];
      if (value !== undefined && value !== null) {
        around.append(button(`around it: this ${name}`, "", () => this.on.search(`${name}=${quoted(value)}`, record)));
      }
    }
    around.append(button("around it: all", "all records, at this one", () => this.on.search("", record)));
    this.element.append(make("h3", { text: "Show" }), around);
    this.written(record, bar.querySelector("[title='copy as plain text']"));
    this.element.hidden = false;
    this.element.scrollTop = 0;
  }

  /** Asks for the record as the files have it, so that this is what is copied. */
  async written(record, button) {
    this.text = null;
    const texts = (await this.on.written(record)).filter(({ to }) => to.startsWith("/"));
    if (!texts.length || !button.isConnected) return;
    this.text = texts[0].text;
    button.title = `copy as it is in ${texts[0].to}`;
  }

  fields(title, fields, record) {
    const entries = Object.entries(fields ?? {});
    if (!entries.length) return;
    const body = make("tbody");
    for (const [name, value] of entries) {
      const cell = make("td");
      const text = value === null ? "None" : value === true ? "True" : value === false ? "False" : String(value);
      put(cell, text.slice(0, MOST));
      if (text.length > MOST) cell.append(` … (${text.length - MOST} more)`);
      // names that the query language can't write are not offered
      if (/^[\p{L}_][\p{L}\p{N}_.]*$/u.test(name) && text.length < 300) {
        cell.append(make("button", { text: "search", title: `search for ${name}`, on: { click: () => this.on.search(`${name}=${quoted(value)}`, record) } }));
      }
      body.append(make("tr", {}, put(make("th", { scope: "row" }), name), cell));
    }
    this.element.append(make("h3", { text: title }), make("table", {}, body));
  }
}

/** An exception as the client tells of it, as Python prints one. */
const told = ({ class: type, message, frames }) =>
  [...frames.map(([file, line, name]) => `  File "${file}", line ${line}, in ${name}`), `${type}: ${message}`].join("\n");

/** A text, cut where it is long, with a button for all of it. */
function long(text, kind) {
  const element = put(make("pre", { class: kind }), text.slice(0, MOST));
  if (text.length > MOST) {
    element.append("\n", make("button", {
      text: `show all ${text.length.toLocaleString("en-US")} characters`,
      on: { click: () => put((element.replaceChildren(), element), text) },
    }));
  }
  return element;
}

/** Frames of libraries in a row are folded; the program's own are open. */
function traceback(text) {
  const element = make("div", { class: "traceback" });
  let folded = [];
  const unfold = () => {
    if (!folded.length) return;
    const box = make("details", {}, make("summary", { text: `${folded.length} ${folded.length === 1 ? "frame" : "frames"} of libraries` }), ...folded);
    element.append(folded.length > 1 ? box : folded[0]);
    folded = [];
  };
  for (const { frame, text: lines } of parts(text.slice(0, 20 * MOST))) {
    if (!frame) {
      unfold();
      element.append(put(make("pre", { class: /^\S/.test(lines) && !lines.startsWith("Traceback") ? "raised" : "" }), lines));
      continue;
    }
    const source = lines.split("\n").slice(1).join("\n");
    const where = put(make("span", { class: "where" }), `${frame.file}:${frame.line} in `);
    where.append(put(make("b"), frame.name));
    const pre = make("pre", { class: `frame${frame.own ? " own" : ""}` }, where);
    if (source) put(pre, "\n" + source);
    if (frame.own) {
      unfold();
      element.append(pre);
    } else {
      folded.push(pre);
    }
  }
  unfold();
  return element;
}
