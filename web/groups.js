// Errors of one kind together: the exception's class, the program's own frames, and the message's template or
// the place of the logging call. The server tells kinds apart in the same way.

import { firstLine, levelWord, make, number, time, date } from "./text.js";
import { kind, template } from "./traceback.js";

const MOST = 500;
const BARS = 26;

export class Groups {
  constructor(element, none, pick) {
    Object.assign(this, { element, none, pick, groups: new Map() });
  }

  clear() {
    this.groups.clear();
  }

  static key(record, { type, frames }) {
    const { pathname, lineno } = record.origin ?? {};
    // a stock client has merged the message: where it was logged tells the kinds apart
    const what = record.template ?? (pathname ? `${pathname}:${lineno ?? "None"}` : template(record.message));
    return [type, ...frames, what].join("\0");
  }

  /** The kinds that the journal has counted. */
  seed({ groups, since, until, buckets }) {
    const width = (until - since) / buckets.length;
    for (const group of groups) {
      const { exception, message, logger, count, first, last, number, level } = group;
      const times = group.counts.flatMap((n, place) => (n ? [[since + (place + 0.5) * width, n]] : []));
      const what = exception ? "" : message;
      const latest = { number, logger, message, level, created: last };
      const key = [exception, ...group.frames, group.template].join("\0");
      this.groups.set(key, { kind: exception || word(level), what, logger, count, first, last: latest, times });
    }
  }

  add(record) {
    if (record.level < 40 && !record.exception && !record.raised) return;
    const found = kind(record);
    const key = Groups.key(record, found);
    let group = this.groups.get(key);
    if (!group) {
      if (this.groups.size >= MOST) return;
      const { type, what } = found;
      this.groups.set(key, (group = { kind: type || record.levelname, what: type ? what : record.message, count: 0, first: record.created, last: record, times: [] }));
    }
    group.count += 1;
    if (record.number >= group.last.number) group.last = record;
    group.first = Math.min(group.first, record.created);
    group.times.push([record.created, 1]);
    if (group.times.length > 2000) group.times.shift();
  }

  draw() {
    this.none.hidden = this.groups.size > 0;
    const groups = [...this.groups.values()].sort((a, b) => b.last.created - a.last.created);
    const all = groups.flatMap((group) => group.times.map(([at]) => at));
    const from = all.reduce((a, b) => Math.min(a, b), Infinity);
    const to = Math.max(all.reduce((a, b) => Math.max(a, b), -Infinity), from + 1);
    this.element.replaceChildren(...groups.map((group) => {
      const kind = firstLine(group.kind, 200);
      return make("li", {}, make("button", { on: { click: () => this.pick(group.last) }, "aria-label": `${kind}, ${group.count} times` },
        make("span", { class: "n", text: number(group.count) }),
        make("span", {}, make("b", { text: kind }), " ", firstLine(group.what, 300),
          make("small", { text: `${firstLine(group.last.logger, 100)}: ${firstLine(group.last.message, 200)}` })),
        spark(group.times, from, to),
        make("span", { class: "seen" }, make("small", { text: `first ${seen(group.first)}` }), make("small", { text: `last ${seen(group.last.created)}` }))));
    }));
  }
}

const word = (level) => levelWord(level).toUpperCase();

const seen = (seconds) => `${date(seconds)} ${time(seconds).slice(0, 8)}`;

function spark(times, from, to) {
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${BARS * 5} 26`);
  svg.setAttribute("aria-hidden", "true");
  const bars = new Array(BARS).fill(0);
  for (const [at, count] of times) bars[Math.min(BARS - 1, Math.floor(((at - from) / (to - from)) * BARS))] += count;
  const most = Math.max(...bars);
  bars.forEach((count, place) => {
    if (!count) return;
    const rect = document.createElementNS(SVG, "rect");
    const height = Math.max(2, (count / most) * 26);
    for (const [name, value] of Object.entries({ x: place * 5, y: 26 - height, width: 4, height })) rect.setAttribute(name, value);
    svg.append(rect);
  });
  return svg;
}
