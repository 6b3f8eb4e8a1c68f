// The loggers, as a tree with counts.

import { firstLine, make, number } from "./text.js";

/** Names are bytes from the network: more than that are counted at the root only. */
const MOST = 2000;

export class Tree {
  constructor(element, pick) {
    Object.assign(this, { element, pick, counts: new Map(), folded: new Set(), drawn: "" });
  }

  clear() {
    this.counts.clear();
  }

  /** What the journal has counted. */
  seed(loggers) {
    for (const [name, all] of Object.entries(loggers)) this.counts.set(name, { all, errors: 0 });
  }

  /** `counted`: the journal has counted it, but for errors. */
  add(record, counted) {
    let count = this.counts.get(record.logger);
    if (!count) {
      if (this.counts.size >= MOST) return;
      this.counts.set(record.logger, (count = { all: 0, errors: 0 }));
    }
    if (!counted) count.all += 1;
    if (record.level >= 40) count.errors += 1;
  }

  /** The dotted names with all above them, each with the sum of what is below. */
  nodes() {
    const nodes = new Map();
    const node = (name) => {
      if (!nodes.has(name)) nodes.set(name, { name, all: 0, errors: 0, children: false });
      return nodes.get(name);
    };
    for (const [name, { all, errors }] of this.counts) {
      for (let at = name; ; at = at.slice(0, at.lastIndexOf("."))) {
        const one = node(at);
        one.all += all;
        one.errors += errors;
        if (at !== name) one.children = true;
        if (!at.includes(".")) break;
      }
    }
    return [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  draw(selected) {
    const nodes = this.nodes();
    const state = JSON.stringify([nodes, selected, [...this.folded]]);
    if (state === this.drawn) return;
    this.drawn = state;
    const focused = document.activeElement?.dataset?.logger;
    const items = nodes.filter(({ name }) => ![...this.folded].some((above) => name.startsWith(above + "."))).map((node) => {
      const depth = node.name.split(".").length - 1;
      const fold = node.children ? (this.folded.has(node.name) ? "▸" : "▾") : " ";
      const button = make("button", {
        "data-logger": node.name, role: "treeitem", "aria-level": depth + 1, title: firstLine(node.name, 300),
        "aria-selected": node.name === selected, "aria-expanded": node.children ? !this.folded.has(node.name) : null,
        "aria-label": `${firstLine(node.name, 100)}, ${node.all} records, ${node.errors} errors`,
        on: { click: () => this.pick(node.name === selected ? "" : node.name), keydown: (event) => this.key(event, node.name) },
      }, make("span", { text: fold, "aria-hidden": "true", on: { click: (event) => { if (node.children) { event.stopPropagation(); this.fold(node.name); } } } }),
      make("span", { class: "name", text: firstLine(node.name.split(".").at(-1) || node.name, 60) }),
      node.errors ? make("span", { class: "bad", text: number(node.errors), title: "errors among the records in the list" }) : "",
      make("span", { class: "count", text: number(node.all) }));
      button.style.setProperty("--depth", depth);
      return make("li", { role: "none" }, button);
    });
    this.element.replaceChildren(...items);
    if (focused !== undefined) [...this.element.querySelectorAll("button")].find((b) => b.dataset.logger === focused)?.focus();
  }

  fold(name) {
    if (!this.folded.delete(name)) this.folded.add(name);
    this.draw(this.selected);
  }

  key(event, name) {
    const buttons = [...this.element.querySelectorAll("button")];
    const at = buttons.indexOf(event.currentTarget);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (to !== undefined) buttons[to]?.focus();
    else if (event.key === "ArrowRight" ? this.folded.has(name) : event.key === "ArrowLeft" && !this.folded.has(name)) this.fold(name);
    else return;
    event.preventDefault();
  }
}
