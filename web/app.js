// Where the parts of the page meet: records come from the stream, are kept, and shown.

import { Detail } from "./detail.js";
import { save, saveAll } from "./download.js";
import { Groups } from "./groups.js";
import { History } from "./history.js";
import { Histogram } from "./histogram.js";
import { keys } from "./keys.js";
import { List } from "./list.js";
import * as url from "./state.js";
import { Stream } from "./stream.js";
import { make, number, time } from "./text.js";
import { Tree } from "./tree.js";

/** Records that are kept, and bytes of their text: what comes takes the place of the oldest. */
const KEPT = 50_000;
const KEPT_TEXT = 64 << 20;
/** Records that wait while the list is frozen. */
const WAITING = 20_000;

const $ = (id) => document.getElementById(id);

let state = url.read();
const kept = { items: [], text: 0 };
let waiting = [];
/** Records that had no room while the list was frozen. */
let dropped = 0;
let frozen = false;
let paused = false;
let skipped = 0;
let target = null;
let rates = [];
/** Whether the server has a journal, and whether all older records that match are here. */
let hasHistory = false;
let allOlder = false;
/** At a record or a time of the past: what comes live is not shown. */
let anchored = false;
let loading = false;
/** How often it has begun anew: what was asked before is of no use then. */
let runs = 0;
/** The number of the first record that comes live. */
let begun = null;
/** What the journal holds of what matches, counted: the records before a number. */
let overview = null;

const list = new List($("list"), $("rows"), {
  pick: (record) => pick(record),
  scrolled: (atEnd) => {
    if (atEnd && !list.picked && !anchored) go();
    else freeze();
    if ($("list").scrollTop < 500) older();
    if (atEnd && anchored) newer();
  },
});
const tree = new Tree($("tree"), (logger) => {
  $("side").classList.remove("open");
  change({ logger, at: null }, true);
});
const histogram = new Histogram($("histogram"), $("brush"), [$("from"), $("to")], (from, to) => change({ from, to }, true));
const groups = new Groups($("groups"), $("no-errors"), (record) => {
  // it may be long ago
  if (hasHistory && !kept.items.includes(record)) return change({ view: "", at: record.number }, true);
  change({ view: "" }, true);
  pick(record);
});
const detail = new Detail($("detail"), {
  close: () => unpick(),
  step,
  written: async ({ number }) => (await stream.get(`/api/v1/written?number=${number}`).catch(() => ({ texts: [] }))).texts,
  search: (q, record) => {
    const anew = { q, logger: "", level: "", from: null, to: null, view: "" };
    if (hasHistory) return change({ ...anew, at: record.number }, true);
    target = record.number;
    change({ ...anew, at: null }, true);
  },
});
const stream = new Stream({
  // with a journal, what was before comes from there: in memory it may have gaps
  began: (next) => {
    if (!hasHistory || kept.items.length) return;
    begun = next;
    older();
    count(next);
  },
  records: (records) => take(records),
  skipped: (count) => {
    skipped += count;
    take([{ skipped: count, why: "too many for this page" }]);
  },
  state: (word, text) => {
    $("connection").className = word;
    $("connection").textContent = text;
  },
  refused: (text) => {
    $("query-error").textContent = text.replace(/^`q`: the query can't be read\n+/, "");
    $("query-error").hidden = false;
    $("query").setAttribute("aria-invalid", "true");
    $("connection").textContent = "the search is not understood";
  },
  unauthorized: () => $("token-box").showModal(),
});

const underWay = new Map();
const progress = (what) => ({
  progress: (searched, of) => {
    if (searched === null) underWay.delete(what);
    else underWay.set(what, of ? `${what} ${bytes(searched, of)}` : `${what} …`);
    $("progress").hidden = underWay.size === 0;
    if (underWay.size) $("progress-text").textContent = [...underWay.values()].join(", ");
  },
});
/** The records in the list; the next error; what is counted; what is saved: each goes on beside the others. */
const past = new History(stream, progress("searched"));
const jumping = new History(stream, progress("for an error, searched"));
const counting = new History(stream, progress("counted"));
const saving = new History(stream, progress("saved"));
const asking = [past, jumping, counting, saving];

/** `1.2 of 80.0 GB` */
function bytes(part, all) {
  const [unit, size] = all >= 1e9 ? ["GB", 1e9] : ["MB", 1e6];
  return `${(part / size).toFixed(1)} of ${(all / size).toFixed(1)} ${unit}`;
}

// ---- records come, and are kept

function take(items) {
  const now = performance.now();
  for (const item of items) if (!item.skipped) known(item);
  rates.push([now, items.length]);
  if (frozen || paused) {
    for (const item of items) waiting.push(item);
    if (waiting.length > WAITING) {
      const over = waiting.splice(0, waiting.length - WAITING);
      dropped += over.reduce((sum, item) => sum + (item.skipped || 1), 0);
    }
  } else {
    keep(items);
  }
  if (target !== null) find();
  redraw();
}

const size = (item) => (item.skipped ? 0 : item.message.length + (item.exception?.length ?? 0) + 200);

function keep(items) {
  for (const item of items) {
    const last = kept.items.at(-1);
    if (item.skipped && last?.skipped && last.why === item.why) {
      kept.items[kept.items.length - 1] = { ...last, skipped: last.skipped + item.skipped };
      continue;
    }
    kept.items.push(item);
    kept.text += size(item);
  }
  let gone = 0;
  while (kept.items.length - gone > KEPT || (kept.text > KEPT_TEXT && kept.items.length - gone > 1)) kept.text -= size(kept.items[gone++]);
  // not one by one: that would move all others each time
  if (gone) kept.items.splice(0, gone);
  if (gone && frozen) list.removed(gone);
}

/** What is asked of the server; the time only of the journal: the stream has what comes now. */
const filters = () => ({ q: state.q, level: state.level, logger: state.logger });
const inTime = () => ({ ...filters(), since: state.from, until: state.to });
const ends = () => kept.items.filter((item) => !item.skipped);

/** Goes on back in time, where the list is near its beginning: what is found is shown at once. */
async function older() {
  if (!hasHistory || allOlder || loading || begun === null || kept.items.length >= 2 * KEPT) return;
  loading = true;
  const run = runs;
  const first = ends()[0]?.number ?? begun;
  const found = await past.search(inTime(), first === Infinity ? {} : { before: first }, undefined, (some) => {
    const known = ends()[0]?.number ?? Infinity;
    if (run === runs) prepend(some.filter((record) => record.number < known).reverse());
  });
  if (run !== runs) return;
  loading = false;
  allOlder = !found || found.complete;
}

/** Goes on in time from a record of the past. */
async function newer() {
  if (loading || !anchored || state.at === null) return;
  loading = true;
  const run = runs;
  const found = await past.search(inTime(), { after: ends().at(-1)?.number ?? state.at });
  if (run !== runs) return;
  loading = false;
  if (!found) return;
  for (const record of found.records) known(record);
  keep(found.records);
  redraw();
}

/** The records around one: it is found by its number, not by its time. */
async function around(number) {
  begun = number + 1;
  loading = true;
  const run = runs;
  const before = await past.search(inTime(), { before: number + 1 }, 250);
  const behind = before && (await past.search(inTime(), { after: number }, 250));
  if (run !== runs) return;
  loading = false;
  if (!behind) return;
  allOlder = before.complete;
  const records = [...before.records, ...behind.records];
  records.forEach(known);
  keep(records);
  list.show(shown(), false);
  const record = records.find((one) => one.number === number) ?? before.records.at(-1);
  if (record) pick(record);
  redraw();
}

/** Counts what the journal has before a number; what is here of it is counted no more. */
async function count(before) {
  const run = runs;
  const { buckets, ...rest } = (await counting.summary({ ...inTime(), before: before === Infinity ? null : before })) ?? {};
  if (run !== runs || !buckets) return;
  overview = { buckets, before, ...rest };
  tree.clear();
  groups.clear();
  tree.seed(overview.loggers);
  groups.seed(overview);
  for (const item of [...kept.items, ...waiting]) if (!item.skipped) known(item);
  redraw();
}

function known(record) {
  const counted = overview !== null && record.number < overview.before;
  tree.add(record, counted);
  if (!counted) groups.add(record);
}

function prepend(records) {
  if (!records.length) return;
  records.forEach(known);
  kept.items.unshift(...records);
  kept.text += records.reduce((sum, record) => sum + size(record), 0);
  const before = shown().length;
  list.show(shown(), !frozen && !paused);
  if (frozen && before) list.removed(-records.length);
  redraw();
}

function shown() {
  const { from, to } = state;
  if (!from && !to) return kept.items;
  return kept.items.filter((item) => !item.skipped && (!from || item.created >= from) && (!to || item.created <= to));
}

/** Shows the record that "show around it" was asked for, once it is there. */
function find() {
  const record = kept.items.find((item) => item.number === target);
  if (!record) return;
  target = null;
  pick(record);
}

// ---- drawing, at most once for each frame of the screen

let drawing = false;
let slowly = 0;

function redraw() {
  if (drawing) return;
  drawing = true;
  // a tab in the background has no frames
  const next = document.hidden ? (draw) => setTimeout(draw, 1000) : requestAnimationFrame;
  next(() => {
    drawing = false;
    list.show(shown(), !frozen && !paused);
    news();
    const now = performance.now();
    if (now - slowly > 400) drawSlowly();
    else setTimeout(redraw, 450);
  });
}

/** What need not follow each record. */
function drawSlowly() {
  const items = shown();
  slowly = performance.now();
  histogram.draw(items, overview);
  tree.selected = state.logger;
  tree.draw(state.logger);
  if (state.view === "errors") groups.draw();
  $("group-count").textContent = groups.groups.size || "";
  const records = items.reduce((sum, item) => sum + (item.skipped ? 0 : 1), 0);
  const all = overview && overview.count + items.reduce((sum, item) => sum + (item.number >= overview.before ? 1 : 0), 0);
  const of = all !== null && all > records ? ` of ${number(all)}` : "";
  $("counts").textContent = `${number(records)}${of} ${records === 1 && !of ? "record" : "records"}`;
  $("skipped").textContent = skipped ? `${number(skipped)} skipped` : "";
  const now = performance.now();
  rates = rates.filter(([when]) => now - when < 5000);
  const lately = rates.reduce((sum, [, count]) => sum + count, 0) / 5;
  $("rate").textContent = `${lately < 10 ? lately.toFixed(1) : number(Math.round(lately))} records/s`;
  $("empty").hidden = records > 0;
  const filtered = state.q || state.level || state.logger || state.from;
  $("empty-text").textContent = filtered ? "Nothing matches yet. What comes and matches will be shown." : "Nothing has come yet. Records will be shown as they come.";
}

function news() {
  const count = waiting.reduce((sum, item) => sum + (item.skipped ? 0 : 1), 0) + dropped;
  $("new").hidden = !(frozen || paused) || count === 0;
  $("new").textContent = `${number(count)} new ↓`;
  $("live").setAttribute("aria-pressed", !paused && !frozen);
  $("live-text").textContent = paused ? "stopped" : frozen ? "held" : "live";
}

// ---- live, held, stopped

function freeze() {
  if (frozen) return;
  frozen = true;
  news();
}

/** Goes on with what comes. */
function go() {
  if (anchored) return change({ at: null, from: null, to: null }, true);
  if (!frozen && !paused && !waiting.length) return;
  frozen = paused = false;
  if (dropped) keep([{ skipped: dropped, why: "too many came while the list was held" }]);
  skipped += dropped;
  dropped = 0;
  const items = waiting;
  waiting = [];
  keep(items);
  redraw();
}

function pause() {
  if (paused || frozen) return go();
  paused = true;
  news();
}

function pick(record) {
  freeze();
  list.picked = record;
  detail.show(record);
  list.show(shown(), false);
  list.reveal(record);
}

function unpick() {
  list.picked = null;
  $("detail").hidden = true;
  list.render();
  $("list").focus({ preventScroll: true });
}

/** The next or previous record, or error; where none is here, what waits or the journal is asked. */
async function step(by, errorsOnly) {
  const items = shown();
  let at = list.index(list.picked);
  if (at < 0) at = by > 0 ? -1 : items.length;
  for (at += by; at >= 0 && at < items.length; at += by) {
    const item = items[at];
    if (!item.skipped && (!errorsOnly || item.level >= 40 || item.exception)) return pick(item);
  }
  if (by > 0 && waiting.length) {
    keep(waiting.splice(0));
    return step(by, errorsOnly);
  }
  if (!hasHistory || (by > 0 && !anchored) || (by < 0 && allOlder)) return;
  const run = runs;
  const [first, last] = [ends()[0], ends().at(-1)];
  if (!errorsOnly) {
    await (by > 0 ? newer() : older());
    const more = by > 0 ? ends().at(-1)?.number > last?.number : ends()[0]?.number < first?.number;
    return more && run === runs ? step(by, false) : undefined;
  }
  if (!first) return;
  const wanted = { ...inTime(), level: Math.max(40, Number(state.level)) };
  const found = await jumping.search(wanted, by > 0 ? { after: last.number } : { before: first.number }, 1);
  if (run === runs && found?.records.length) change({ at: found.records[0].number }, true);
}

// ---- filters

function change(part, push) {
  const before = state;
  state = { ...state, ...part };
  url.write(state, push);
  apply(before);
}

function apply(before) {
  $("query").value = state.q;
  $("level").value = state.level;
  const errors = state.view === "errors";
  $("tab-records").setAttribute("aria-pressed", !errors);
  $("tab-errors").setAttribute("aria-pressed", errors);
  $("records").hidden = errors;
  $("errors").hidden = !errors;
  if (errors) $("detail").hidden = true;
  chips();
  // without a journal, a part of the time is taken of what is here
  const names = ["q", "level", "logger", "at", ...(hasHistory ? ["from", "to"] : [])];
  const anew = !before || names.some((name) => before[name] !== state[name]);
  if (anew) begin();
  redraw();
  drawSlowly();
}

function chips() {
  const chip = (text, part) => make("button", { text: `${text} ✕`, "aria-label": `take away: ${text}`, on: { click: () => change(part, true) } });
  const all = [];
  if (state.logger) all.push(chip(`logger ${state.logger}`, { logger: "" }));
  if (state.from || state.to) all.push(chip(`${time(state.from ?? 0).slice(0, 8)} – ${state.to ? time(state.to).slice(0, 8) : "now"}`, { from: null, to: null }));
  $("chips").replaceChildren(...all);
}

/** The stream with these filters, from what the server still has. */
function begin() {
  runs += 1;
  Object.assign(kept, { items: [], text: 0 });
  waiting = [];
  dropped = skipped = 0;
  frozen = false;
  overview = null;
  groups.clear();
  tree.clear();
  list.picked = null;
  $("detail").hidden = true;
  $("query-error").hidden = true;
  $("query").removeAttribute("aria-invalid");
  $("connection").className = "";
  for (const one of asking) one.cancel();
  loading = allOlder = false;
  begun = null;
  anchored = hasHistory && (state.at !== null || state.to !== null);
  if (!anchored) return stream.start(filters());
  stream.stop();
  frozen = state.at !== null;
  $("connection").textContent = `at a ${frozen ? "record" : "time"} of the past; Esc goes on live`;
  if (frozen) {
    around(state.at);
  } else {
    begun = Infinity;
    older();
  }
  count(Infinity);
}

/** Asks whether there is a journal, and begins. */
async function start() {
  try {
    hasHistory = stream.history = (await stream.get("/api/v1/info")).history;
  } catch {
    // the stream tells of it
  }
  if (!$("token-box").open) apply(null);
}

// ---- the user acts

$("search").addEventListener("submit", (event) => {
  event.preventDefault();
  change({ q: $("query").value.trim(), at: null }, true);
  $("list").focus({ preventScroll: true });
});
$("query").addEventListener("search", () => $("query").value === "" && change({ q: "", at: null }, true));
$("level").addEventListener("change", () => change({ level: $("level").value, at: null }, true));
$("tab-records").addEventListener("click", () => change({ view: "" }, true));
$("tab-errors").addEventListener("click", () => change({ view: "errors" }, true));
$("new").addEventListener("click", () => {
  unpick();
  go();
});
$("live").addEventListener("click", () => {
  if (frozen) unpick();
  pause();
});
$("cancel").addEventListener("click", () => {
  for (const one of asking) one.cancel();
});
$("help").addEventListener("click", () => $("help-box").showModal());
$("menu").addEventListener("click", () => {
  const open = $("side").classList.toggle("open");
  $("menu").setAttribute("aria-expanded", open);
});
$("token-box").addEventListener("close", () => {
  stream.setToken($("token").value.trim());
  $("token").value = "";
  start();
});
addEventListener("popstate", () => {
  const before = state;
  state = url.read();
  apply(before);
});

$("download").addEventListener("click", async () => {
  const records = shown().filter((item) => !item.skipped);
  if (!hasHistory) return save(records);
  const live = anchored ? [] : records.filter((record) => record.number >= begun);
  const whole = await saveAll(saving, inTime(), anchored ? null : begun, live);
  $("skipped").textContent = whole === false ? "the newest 256 MB were saved" : "";
});

const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => {
  document.documentElement.dataset.theme = localStorage.getItem("theme") ?? (dark.matches ? "dark" : "light");
  slowly = 0;
  redraw();
};
dark.addEventListener("change", paint);
$("theme").addEventListener("click", () => {
  localStorage.setItem("theme", document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  paint();
});

// a selection of text in the list must not be moved away
document.addEventListener("selectionchange", () => {
  const selection = getSelection();
  if (!selection.isCollapsed && $("list").contains(selection.anchorNode)) freeze();
});

keys({ step, pause, go, unpick, open: () => list.picked && detail.show(list.picked) });

paint();
start();
setInterval(() => !document.hidden && drawSlowly(), 2000);
