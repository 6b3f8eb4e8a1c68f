// Errors of one kind together: the exception's class, the program's own frames, and the place of the
// logging call.

import { firstLine, make, number, time, date } from "./text.js";
import { parts, raised, template } from "./traceback.js";

const MOST = 500;
const BARS = 26;

export class Groups {
  constructor(element, none, pick) {
    Object.assign(this, { element, none, pick, groups: new Map() });
  }

  clear() {
    this.groups.clear();
  }

  static key(record) {
    // a stock client has merged the message: where it was logged tells the kinds apart
    const { pathname, lineno } = record.origin ?? {};
    const what = pathname ? `${pathname}:${lineno}` : template(record.message);
    if (!record.exception) return [record.logger, what].join("\0");
    const own = parts(record.exception).filter((part) => part.frame?.own).map(({ frame }) => `${frame.file}:${frame.name}`);
    const [kind] = raised(record.exception);
    return [kind, ...own, what].join("\0");
  }

  add(record) {
    if (record.level < 40 && !record.exception) return;
    const key = Groups.key(record);
    let group = this.groups.get(key);
    if (!group) {
      if (this.groups.size >= MOST) return;
      const [kind, what] = record.exception ? raised(record.exception) : [record.levelname, record.message];
      this.groups.set(key, (group = { kind, what, logger: record.logger, count: 0, first: record.created, times: [] }));
    }
    group.count += 1;
    group.last = record;
    group.first = Math.min(group.first, record.created);
    group.times.push(record.created);
    if (group.times.length > 2000) group.times.shift();
  }

  draw() {
    this.none.hidden = this.groups.size > 0;
    const groups = [...this.groups.values()].sort((a, b) => b.last.created - a.last.created);
    const all = groups.flatMap((group) => group.times);
    const from = all.reduce((a, b) => Math.min(a, b), Infinity);
    const to = Math.max(all.reduce((a, b) => Math.max(a, b), -Infinity), from + 1);
    this.element.replaceChildren(...groups.map((group) => {
      const kind = firstLine(group.kind, 200);
      return make("li", {}, make("button", { on: { click: () => this.pick(group.last) }, "aria-label": `${kind}, ${group.count} times` },
        make("span", { class: "n", text: number(group.count) }),
        make("span", {}, make("b", { text: kind }), " ", firstLine(group.what, 300),
          make("small", { text: `${firstLine(group.logger, 100)}: ${firstLine(group.last.message, 200)}` })),
        spark(group.times, from, to),
        make("span", { class: "seen" }, make("small", { text: `first ${seen(group.first)}` }), make("small", { text: `last ${seen(group.last.created)}` }))));
    }));
  }
}

const seen = (seconds) => `${date(seconds)} ${time(seconds).slice(0, 8)}`;

function spark(times, from, to) {
  const SVG = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${BARS * 5} 26`);
  svg.setAttribute("aria-hidden", "true");
  const bars = new Array(BARS).fill(0);
  for (const at of times) bars[Math.min(BARS - 1, Math.floor(((at - from) / (to - from)) * BARS))] += 1;
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
