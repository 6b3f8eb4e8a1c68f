// Records by level over time, and a brush that picks a part of it.

import { date, levelWord, number, time } from "./text.js";

const LEVELS = ["debug", "info", "warning", "error", "critical"];
/** Pixels for one bar. */
const BAR = 7;

export class Histogram {
  /** `pick(from, to)` is called with seconds, or with nulls for all. */
  constructor(canvas, brush, [from, to], pick) {
    Object.assign(this, { canvas, brush, labels: { from, to }, pick, span: null });
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("dblclick", () => this.pick(null, null));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  /** Of the records, and of what the journal has counted: then of those only that are not counted there. */
  draw(records, overview) {
    const { canvas } = this;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    const scale = devicePixelRatio || 1;
    canvas.width = width * scale;
    canvas.height = height * scale;
    const count = Math.max(1, Math.floor(width / BAR));
    let [from, to] = [Infinity, -Infinity];
    const isNew = ({ created, skipped, number }) => !skipped && created && !(number < overview?.before);
    for (const record of records) {
      if (!isNew(record)) continue;
      if (record.created < from) from = record.created;
      if (record.created > to) to = record.created;
    }
    if (overview?.count) {
      from = Math.min(from, overview.since);
      to = Math.max(to, overview.until);
    }
    if (from > to) {
      this.span = null;
      this.labels.from.textContent = this.labels.to.textContent = "";
      canvas.setAttribute("aria-label", "No records");
      return;
    }
    to = Math.max(to, from + 1);
    this.span = [from, to];
    const bars = Array.from({ length: count }, () => ({ debug: 0, info: 0, warning: 0, error: 0, critical: 0, all: 0 }));
    const totals = { debug: 0, info: 0, warning: 0, error: 0, critical: 0 };
    const add = (at, word, number) => {
      const bar = bars[Math.min(count - 1, Math.max(0, Math.floor(((at - from) / (to - from)) * count)))];
      bar[word] += number;
      bar.all += number;
      totals[word] += number;
    };
    for (const record of records) if (isNew(record)) add(record.created, levelWord(record.level), 1);
    const part = overview ? (overview.until - overview.since) / overview.buckets.length : 0;
    overview?.buckets.forEach((levels, place) => {
      levels.forEach((number, level) => number && add(overview.since + (place + 0.5) * part, levelWord(level * 10), number));
    });
    const most = Math.max(...bars.map((bar) => bar.all));
    const style = getComputedStyle(document.documentElement);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    for (const level of LEVELS) {
      context.fillStyle = style.getPropertyValue(`--bar-${level}`);
      bars.forEach((bar, place) => {
        if (!bar[level]) return;
        const below = LEVELS.slice(LEVELS.indexOf(level) + 1).reduce((sum, other) => sum + bar[other], 0);
        // one error among many records is to be seen
        const size = Math.max(2, (bar[level] / most) * height);
        const bottom = height - (below / most) * height;
        context.fillRect((place * width) / count, Math.max(0, bottom - size), width / count - 1, size);
      });
    }
    // a time of the day says little of days
    const label = (at) => (to - from > 86_400 ? `${date(at)} ${time(at).slice(0, 5)}` : time(at).slice(0, 8));
    this.labels.from.textContent = label(from);
    this.labels.to.textContent = label(to);
    const told = LEVELS.filter((level) => totals[level]).map((level) => `${number(totals[level])} ${level}`);
    canvas.setAttribute("aria-label", `Records from ${time(from)} to ${time(to)}: ${told.join(", ")}. Drag to pick a part.`);
  }

  at(x) {
    const box = this.canvas.getBoundingClientRect();
    const part = Math.min(1, Math.max(0, (x - box.left) / box.width));
    return this.span[0] + part * (this.span[1] - this.span[0]);
  }

  press(event) {
    if (!this.span) return;
    const start = event.clientX;
    this.canvas.setPointerCapture(event.pointerId);
    const move = ({ clientX }) => this.paint(Math.min(start, clientX), Math.max(start, clientX));
    const end = ({ clientX }) => {
      this.canvas.removeEventListener("pointermove", move);
      this.brush.hidden = true;
      if (Math.abs(clientX - start) < 4) return;
      this.pick(this.at(Math.min(start, clientX)), this.at(Math.max(start, clientX)));
    };
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", end, { once: true });
  }

  paint(left, right) {
    const box = this.canvas.parentElement.getBoundingClientRect();
    this.brush.hidden = false;
    this.brush.style.left = `${left - box.left}px`;
    this.brush.style.width = `${right - left}px`;
  }

  /** Without a pointer: + halves what is shown, - shows all. */
  key(event) {
    if (!this.span) return;
    const [from, to] = this.span;
    if (event.key === "+") this.pick((from + to) / 2, to);
    else if (event.key === "-") this.pick(null, null);
    else return;
    event.preventDefault();
  }
}
