// All that matches, as a file.

import { make, plain } from "./text.js";

/** Records that are asked for at a time, and text that a browser can hold. */
const PAGE = 20_000;
const MOST = 256 << 20;

/** Saves records as plain text. */
export function save(records) {
  keep(records.map(plain));
}

/**
 * Saves what the journal has of what matches, up to what is live; null if it was cancelled, else whether it is
 * all: what is too much for a browser ends with the newest 256 MB.
 */
export async function saveAll(history, filters, before, live) {
  const parts = [];
  let size = 0;
  for (let place = before === null ? {} : { before }; ; ) {
    const found = await history.search(filters, place, PAGE);
    if (!found || found.error) return null;
    const text = found.records.map(plain).join("");
    parts.push(text);
    size += text.length;
    if (found.complete || size > MOST) {
      keep([...parts.reverse(), ...live.map(plain)]);
      return found.complete;
    }
    place = { before: found.records[0].number };
  }
}

function keep(texts) {
  const blob = new Blob(texts, { type: "text/plain" });
  const when = new Date().toISOString().slice(0, 19).replaceAll(":", "");
  const link = make("a", { href: URL.createObjectURL(blob), download: `logyard-${when}.log` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
