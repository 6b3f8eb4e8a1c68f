// The records as rows of one height, of which only those in view are in the page.

import { date, firstLine, levelWord, make, number, time } from "./text.js";

const OVERSCAN = 8;

export class List {
  /** `on`: pick(record), scrolled(atEnd) */
  constructor(list, rows, on) {
    Object.assign(this, { list, rows, on, items: [], picked: null, pool: [], height: 22, expected: NaN });
    this.phone = matchMedia("(max-width: 640px)");
    this.phone.addEventListener("change", () => this.render());
    list.addEventListener("scroll", () => {
      // where it was put by this page, nobody has scrolled
      if (!(Math.abs(list.scrollTop - this.expected) < 1)) this.on.scrolled(this.atEnd());
      this.expected = NaN;
      this.render();
    });
    rows.addEventListener("click", (event) => {
      const row = event.target.closest(".row");
      const item = row && this.items[row.index];
      // a selection of text is no click
      if (item && !item.skipped && getSelection().isCollapsed) this.on.pick(item);
    });
    new ResizeObserver(() => this.render()).observe(list);
  }

  atEnd() {
    return this.list.scrollTop + this.list.clientHeight >= this.list.scrollHeight - this.height;
  }

  /** Shows these items; stays where it is unless told to go to the end. */
  show(items, toEnd) {
    this.items = items;
    this.height = this.phone.matches ? 30 : 22;
    this.rows.style.height = `${items.length * this.height}px`;
    if (toEnd) this.scrollTo(this.list.scrollHeight);
    this.render();
  }

  scrollTo(top) {
    const before = this.list.scrollTop;
    this.list.scrollTop = top;
    // where nothing moves, nothing is told
    this.expected = this.list.scrollTop === before ? NaN : this.list.scrollTop;
  }

  /** Lines that were taken away above must not move those in view. */
  removed(count) {
    this.scrollTo(Math.max(0, this.list.scrollTop - count * this.height));
  }

  index(record) {
    return record ? this.items.findIndex((item) => item.number === record.number) : -1;
  }

  reveal(record) {
    const index = this.index(record);
    if (index < 0) return;
    const top = index * this.height;
    const { scrollTop, clientHeight } = this.list;
    if (top < scrollTop || top + this.height > scrollTop + clientHeight) this.scrollTo(top - clientHeight / 2);
    this.render();
  }

  render() {
    const first = Math.max(0, Math.floor(this.list.scrollTop / this.height) - OVERSCAN);
    const count = Math.min(this.items.length - first, Math.ceil(this.list.clientHeight / this.height) + 2 * OVERSCAN);
    while (this.pool.length < count) {
      const row = make("div", { class: "row", role: "option" });
      for (const name of ["time", "lvl", "logger", "message"]) row.append(make("span", { class: name }));
      this.pool.push(row);
      this.rows.append(row);
    }
    this.pool.forEach((row, place) => {
      row.hidden = place >= count;
      if (!row.hidden) this.fill(row, first + place);
    });
  }

  fill(row, index) {
    const item = this.items[index];
    row.index = index;
    row.style.top = `${index * this.height}px`;
    const picked = this.picked !== null && item.number === this.picked.number;
    row.setAttribute("aria-selected", picked);
    row.id = picked ? "picked" : "";
    if (picked) this.list.setAttribute("aria-activedescendant", "picked");
    row.classList.toggle("picked", picked);
    if (row.item === item) return;
    row.item = item;
    if (item.skipped) {
      row.className = "row gap";
      row.replaceChildren(`… ${number(item.skipped)} ${item.skipped === 1 ? "record" : "records"} skipped: ${item.why} …`);
      return;
    }
    row.className = `row ${levelWord(item.level)}${picked ? " picked" : ""}`;
    if (row.children.length !== 4) {
      row.replaceChildren(...["time", "lvl", "logger", "message"].map((name) => make("span", { class: name })));
    }
    const [when, level, logger, message] = row.children;
    when.textContent = this.phone.matches ? time(item.created).slice(0, 8) : time(item.created);
    when.title = `${date(item.created)} ${time(item.created)}`;
    level.textContent = firstLine(item.levelname, 12);
    logger.textContent = logger.title = firstLine(item.logger, 120);
    message.replaceChildren(firstLine(item.message));
    if (item.exception) {
      const raised = item.exception.trimEnd().split("\n").at(-1);
      message.append(make("span", { class: "raised", text: `  ⟶ ${firstLine(raised, 200)}` }));
    }
    const extra = Object.entries(item.extra ?? {});
    if (extra.length) {
      const text = extra.slice(0, 8).map(([name, value]) => `${firstLine(name, 40)}=${firstLine(String(value), 60)}`);
      message.append(make("span", { class: "extra", text: "  " + text.join("  ") }));
    }
  }
}
