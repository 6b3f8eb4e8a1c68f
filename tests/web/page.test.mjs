// The page, function by function.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { PATIENCE, Server, browser, record, screenshots, traceback } from "./logyard.mjs";

let chromium, server, page, context, problems;

before(async () => {
  chromium = await browser();
});
after(() => chromium?.close());

beforeEach(async () => {
  server = await Server.start();
  context = await chromium.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "UTC", permissions: ["clipboard-read", "clipboard-write"] });
  page = await look();
});
afterEach(async () => {
  await context.close();
  await server.stop();
  assert.deepEqual(problems, [], "the browser has complained");
});

async function look(path = "") {
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    // a server that is stopped on purpose, or refuses a query on purpose
    if (message.type() === "error" && !/Failed to load resource|ERR_/.test(message.text())) problems.push(message.text());
  });
  await page.goto(server.page + path);
  await connected(page);
  return page;
}

const connected = (page) => page.locator("#connection", { hasText: /^connected$/ }).waitFor();
const shot = (name) => page.screenshot({ path: join(screenshots, `${name}.png`) });

/** The rows in view, in their order. */
const rows = () => page.evaluate(() => [...document.querySelectorAll(".row")]
  .filter((row) => !row.hidden).sort((a, b) => a.index - b.index)
  .map((row) => row.querySelector(".message")?.textContent ?? row.textContent));

async function until(what, is) {
  const end = Date.now() + PATIENCE;
  let found;
  for (;;) {
    found = await what();
    if (await is(found)) return found;
    if (Date.now() > end) assert.fail(`it stays ${JSON.stringify(found)}, not ${is}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}
const shows = (expected) => until(rows, (found) => JSON.stringify(found) === JSON.stringify(expected));
const text = (selector) => page.locator(selector).textContent();
const numbered = (from, to) => Array.from({ length: to - from + 1 }, (_, at) => record("INFO", "load", `record ${from + at}`));

test("records come live, with what they had before", async () => {
  await server.send(record("INFO", "app", "before"));
  await page.reload();
  await shows(["before"]);
  await server.send(record("WARNING", "app.db", "slow query", { user_id: 42 }), record("ERROR", "app", "failed", { exc_text: traceback("PaymentError", "card refused") }));
  await shows(["before", "slow query  user_id=42", "failed  ⟶ PaymentError: card refused"]);
  await until(() => text("#counts"), (said) => said === "3 records");
  assert.equal(await page.locator(".row.error:not([hidden])").count(), 1);
  await shot("records");
});

test("the list is held when one scrolls, and says how many are new", async () => {
  await server.send(...numbered(1, 200));
  await until(() => text("#counts"), (said) => said === "200 records");
  await page.locator("#list").hover();
  await page.mouse.wheel(0, -1000);
  await until(() => text("#live-text"), (said) => said === "held");
  const before = await rows();
  await server.send(...numbered(201, 337));
  await until(() => text("#new"), (said) => said === "137 new ↓");
  assert.deepEqual(await rows(), before, "what is read must not move");
  await shot("held");
  await page.locator("#new").click();
  await until(rows, (found) => found.at(-1) === "record 337");
  assert.equal(await text("#live-text"), "live");
});

test("the list is held when text is selected, and stopped by Space", async () => {
  await server.send(...numbered(1, 3));
  await shows(["record 1", "record 2", "record 3"]);
  await page.locator(".row .message").first().dblclick();
  await until(() => text("#live-text"), (said) => said === "held");
  await server.send(...numbered(4, 4));
  await until(() => text("#new"), (said) => said === "1 new ↓");
  await page.locator("#list").focus();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await shows(["record 1", "record 2", "record 3", "record 4"]);
  await page.keyboard.press("Space");
  await until(() => text("#live-text"), (said) => said === "stopped");
  await server.send(...numbered(5, 5));
  await until(() => text("#new"), (said) => said === "1 new ↓");
  await page.keyboard.press("Space");
  await until(rows, (found) => found.length === 5);
});

test("a record opens with its fields and its traceback", async () => {
  await server.send(record("ERROR", "orders.payment", "checkout failed", { exc_text: traceback("PaymentError", "card refused"), request_id: "abc-1", items: ["a", 1], ok: true }));
  await page.locator(".row:not([hidden])", { hasText: "checkout failed" }).click();
  const detail = page.locator("#detail");
  await detail.waitFor();
  const told = await detail.textContent();
  for (const part of ["orders.payment", "checkout failed", "request_id", "abc-1", "['a', 1]", "True", "/srv/app/orders/payment.py:31 in charge", "PaymentError: card refused", "process", "4711"]) {
    assert.ok(told.includes(part), `${part} is not in ${told}`);
  }
  assert.equal(await detail.locator("summary").textContent(), "2 frames of libraries");
  assert.equal(await detail.locator("details").getAttribute("open"), null);
  await detail.locator("summary").click();
  await detail.getByText("requests/sessions.py", { exact: false }).waitFor();
  await shot("record");
  await page.keyboard.press("Escape");
  await detail.waitFor({ state: "hidden" });
});

test("what is copied is plain text", async () => {
  await server.send(record("ERROR", "a", "two\nlines", { exc_text: "Traceback (most recent call last):\nKeyError: 'x'", created: 1774789200.5 }));
  await page.locator(".row:not([hidden])", { hasText: "two" }).click();
  await page.locator("#detail").getByText("copy", { exact: true }).click();
  const copied = await until(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text !== "");
  assert.equal(copied, "2026-03-29 13:00:00.500 ERROR a: two\nlines\nTraceback (most recent call last):\nKeyError: 'x'\n");
});

test("what is copied is what the file has", async () => {
  const folder = mkdtempSync(join(tmpdir(), "logyard-web-"));
  const config = join(folder, "logging.json");
  writeFileSync(config, JSON.stringify({
    version: 1, root: { handlers: ["file"] }, formatters: { own: { format: "%(asctime)s|%(process)d|%(name)s|%(message)s" } },
    handlers: { file: { class: "logging.FileHandler", filename: join(folder, "app.log"), formatter: "own" } },
  }));
  for (const more of [[], ["--journal", "journal"]]) {
    rmSync(join(folder, "app.log"), { force: true });
    await server.stop();
    server = await Server.start(config, ...more);
    await page.goto(server.page);
    await connected(page);
    await server.send(record("ERROR", "a", "two\nlines", { exc_text: "Traceback (most recent call last):\nKeyError: 'x'", created: 1774789200.5, msecs: 500 }), record("INFO", "a", "next"));
    await page.locator(".row:not([hidden])", { hasText: "two" }).click();
    await page.locator(`#detail button[title="copy as it is in ${join(folder, "app.log")}"]`).click();
    const expected = "2026-03-29 13:00:00,500|4711|a|two\nlines\nTraceback (most recent call last):\nKeyError: 'x'\n";
    await until(() => page.evaluate(() => navigator.clipboard.readText()), (text) => text === expected);
    await until(() => readFileSync(join(folder, "app.log"), "utf8"), (text) => text.startsWith(expected));
    await page.evaluate(() => navigator.clipboard.writeText(""));
  }
  rmSync(folder, { recursive: true });
});

test("what matches is downloaded", async () => {
  await server.send(...numbered(1, 3));
  await shows(["record 1", "record 2", "record 3"]);
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
  assert.match(download.suggestedFilename(), /^logyard-.*\.log$/);
  assert.match(readFileSync(await download.path(), "utf8"), /^\S+ \S+ INFO load: record 1\n\S+ \S+ INFO load: record 2\n/);
});

test("search, level and logger are filters, in the URL", async () => {
  await server.send(record("INFO", "app", "hello"), record("ERROR", "app.db", "timed out", { user_id: 42 }), record("WARNING", "web", "timed out"));
  await until(rows, (found) => found.length === 3);
  await page.keyboard.press("/");
  await page.keyboard.type('"timed out" user_id=42');
  await page.keyboard.press("Enter");
  await shows(["timed out  user_id=42"]);
  assert.equal(new URL(page.url()).searchParams.get("q"), '"timed out" user_id=42');
  await page.locator("#query").fill("");
  await page.keyboard.press("Enter");
  await until(rows, (found) => found.length === 3);
  await page.locator("#level").selectOption("30");
  await until(rows, (found) => found.length === 2);
  await page.locator("#tree").getByText("app", { exact: true }).click();
  await shows(["timed out  user_id=42"]);
  assert.equal(new URL(page.url()).search, "?level=30&logger=app");
  // a link shows another the same
  const other = await look(new URL(page.url()).search.replace(/^/, ""));
  page = other;
  await shows(["timed out  user_id=42"]);
  assert.equal(await page.locator("#level").inputValue(), "30");
  await page.locator("#chips button").click();
  await until(rows, (found) => found.length === 2);
  await page.goBack();
  await until(rows, (found) => found.length === 1);
});

test("a bad query is told with its place", async () => {
  await page.locator("#query").fill("level>=EROR");
  await page.keyboard.press("Enter");
  const told = page.locator("#query-error");
  await told.waitFor();
  assert.match(await told.textContent(), /\^+.*EROR/);
  assert.equal(await page.locator("#query").getAttribute("aria-invalid"), "true");
  await shot("bad-query");
  await page.locator("#query").fill("");
  await page.keyboard.press("Enter");
  await told.waitFor({ state: "hidden" });
});

test("the logger tree counts, and folds", async () => {
  await server.send(record("INFO", "app.db.pool", "1"), record("ERROR", "app.db", "2"), record("INFO", "app", "3"), record("INFO", "web", "4"));
  const tree = () => page.locator("#tree button").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  await until(tree, (found) => JSON.stringify(found) === JSON.stringify([
    "app, 3 records, 1 errors", "app.db, 2 records, 1 errors", "app.db.pool, 1 records, 0 errors", "web, 1 records, 0 errors"]));
  await page.locator('#tree button[data-logger="app"]').press("ArrowLeft");
  await until(tree, (found) => found.length === 2);
});

test("next and previous record and error by keys", async () => {
  await server.send(...numbered(1, 2), record("ERROR", "a", "first error"), ...numbered(3, 4), record("CRITICAL", "a", "second error"), ...numbered(5, 5));
  await until(rows, (found) => found.length === 7);
  const picked = () => page.locator(".row.picked .message").textContent();
  const press = async (key, expected) => {
    await page.keyboard.press(key);
    await until(picked, (found) => found === expected);
  };
  await page.locator("#list").focus();
  await press("e", "first error");
  await press("e", "second error");
  await press("e", "second error");
  await press("E", "first error");
  await press("j", "record 3");
  await press("k", "first error");
});

test("the histogram shows levels, and a part of it can be picked", async () => {
  const at = Date.now() / 1000;
  await server.send(...Array.from({ length: 100 }, (_, n) => record(n > 80 ? "ERROR" : "INFO", "a", `record ${n}`, { created: at - 100 + n })));
  await until(() => page.locator("#histogram").getAttribute("aria-label"), (said) => /81 info, 19 error/.test(said));
  const box = await page.locator("#histogram").boundingBox();
  await page.mouse.move(box.x + box.width * 0.9, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width, box.y + 10, { steps: 4 });
  await shot("brush");
  await page.mouse.up();
  await until(() => text("#counts"), (said) => said === "10 records" || said === "11 records");
  assert.ok(new URL(page.url()).searchParams.get("from"));
  await page.locator("#histogram").dblclick();
  await until(() => text("#counts"), (said) => said === "100 records");
});

test("errors of one kind are one group", async () => {
  for (const [who, what] of [[1, "card 17 refused"], [2, "card 23 refused"]]) {
    await server.send(record("ERROR", "orders", `order ${who} failed`, { exc_text: traceback("PaymentError", what) }));
  }
  await server.send(record("ERROR", "orders", "order 3 failed", { exc_text: traceback("KeyError", "'x'") }), record("INFO", "orders", "fine"));
  await until(() => text("#group-count"), (said) => said === "2");
  await page.locator("#tab-errors").click();
  const groups = () => page.locator("#groups button").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
  await until(groups, (found) => JSON.stringify(found) === JSON.stringify(["KeyError, 1 times", "PaymentError, 2 times"]));
  await shot("errors");
  await page.locator("#groups button").nth(1).click();
  await page.locator("#detail", { hasText: "order 2 failed" }).waitFor();
});

test("what is around a record is shown", async () => {
  await server.send(record("INFO", "a", "before", { process: 7 }), record("INFO", "b", "other", { process: 8 }), record("ERROR", "a", "wrong", { process: 7, request_id: "r 1" }), record("INFO", "c", "after", { process: 7 }));
  await page.locator("#query").fill("wrong");
  await page.keyboard.press("Enter");
  await shows(["wrong  request_id=r 1"]);
  await page.locator(".row:not([hidden])", { hasText: "wrong" }).click();
  await page.locator("#detail").getByText("around it: this process").click();
  await shows(["before", "wrong  request_id=r 1", "after"]);
  await until(() => page.locator(".row.picked .message").textContent(), (found) => found.startsWith("wrong"));
  await page.locator("#detail").getByText("around it: this request_id").click();
  await shows(["wrong  request_id=r 1"]);
  await page.locator("#detail", { hasText: "wrong" }).waitFor();
  await page.locator("#detail").getByText("around it: all").click();
  await until(rows, (found) => found.length === 4);
});

test("hostile text in every field is shown, and does nothing", async () => {
  const evil = `<img src=x onerror="document.title='hacked'"><script>document.title='hacked'</script>\u0000\u001b[31m\u202egnp.exe\u200b\ud800"'&`;
  await server.send(record("INFO", evil, evil, { levelname: evil, exc_text: `${evil}\n  File "${evil}", line 1, in ${evil}\n${evil}`, stack_info: evil, processName: evil, [evil]: evil, pathname: evil }));
  await until(rows, (found) => found.length === 1);
  await page.locator(".row").first().click();
  await page.locator("#detail").waitFor();
  await page.locator("#tab-errors").click();
  await page.locator("#groups button").first().waitFor();
  await shot("hostile");
  const found = await page.evaluate(() => ({
    title: document.title, images: document.querySelectorAll("main img, main script").length,
    raw: /[\u0000\u001b\u202e\u200b]/.test(document.body.textContent), shown: document.body.textContent.includes("\\u202egnp.exe"),
  }));
  assert.deepEqual(found, { title: "logyard", images: 0, raw: false, shown: true });
});

test("a line of 1 MB, and one with 100,000 lines", async () => {
  await server.send(record("INFO", "a", "x".repeat(1 << 20)), record("INFO", "a", "line\n".repeat(100_000)));
  await until(rows, (found) => found.length === 2 && found.every((row) => row.length < 700));
  await page.locator(".row").first().click();
  await page.locator("#detail").getByText("show all 1,048,576 characters").click();
  await until(() => page.locator("#detail .message").textContent(), (message) => message.length === 1 << 20);
});

test("thousands a second: nothing jumps, what is skipped is said, and the page stays quick", async () => {
  await page.evaluate(() => {
    window.shifts = 0;
    new PerformanceObserver((entries) => entries.getEntries().forEach(({ value }) => (window.shifts += value))).observe({ type: "layout-shift", buffered: true });
  });
  const batch = numbered(1, 2000);
  for (let round = 0; round < 20; round++) await server.send(...batch);
  await until(async () => [await text("#counts"), await text("#skipped")].map((said) => Number(said.replace(/\D/g, ""))),
    ([shown, skipped]) => shown + skipped === 40_000);
  assert.ok((await page.locator(".row").count()) < 120, "only what is in view is in the page");
  assert.ok((await page.evaluate(() => window.shifts)) < 0.05);
  await shot("fast");
});

test("a tab that stops reading costs the server nothing", async () => {
  const deaf = await context.newPage();
  await deaf.goto(server.page);
  await deaf.evaluate(async () => {
    const response = await fetch("/api/v1/live");
    window.reader = response.body.getReader(); // and never reads
  });
  const long = "y".repeat(2000);
  const batch = Array.from({ length: 1000 }, () => record("INFO", "a", long));
  await server.send(...batch);
  await server.send(...batch);
  const before = server.memory();
  for (let round = 0; round < 15; round++) await server.send(...batch);
  assert.ok(server.memory() - before < 16 << 10, `${server.memory() - before} KiB more`);
  await deaf.close();
});

test("a tab in the background costs the server nothing", async () => {
  const session = await context.newCDPSession(page);
  const batch = Array.from({ length: 1000 }, () => record("INFO", "a", "y".repeat(2000)));
  await server.send(...batch);
  await session.send("Page.setWebLifecycleState", { state: "frozen" });
  await server.send(...batch);
  const before = server.memory();
  for (let round = 0; round < 15; round++) await server.send(...batch);
  assert.ok(server.memory() - before < 16 << 10, `${server.memory() - before} KiB more`);
  await session.send("Page.setWebLifecycleState", { state: "active" });
  await server.send(record("INFO", "a", "the last"));
  await until(rows, (found) => found.at(-1) === "the last");
});

test("a server that is started anew is found again", async () => {
  await server.send(record("INFO", "a", "first"));
  await shows(["first"]);
  await server.again();
  await connected(page);
  await server.send(record("INFO", "a", "second"));
  await until(rows, (found) => found.at(-1) === "second");
});

test("dark and light, and a phone", async () => {
  await server.send(record("INFO", "a", "hello"), record("ERROR", "a", "wrong", { exc_text: traceback("KeyError", "'x'") }));
  await until(rows, (found) => found.length === 2);
  const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), "light");
  await page.locator("#theme").click();
  assert.equal(await theme(), "dark");
  await shot("dark");
  await page.setViewportSize({ width: 390, height: 780 });
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is wider than the phone");
  await shot("phone");
  await page.locator("#menu").click();
  await page.locator("#tree button").first().waitFor();
  await page.locator("#tree button").first().click();
  await page.locator(".row:not([hidden])", { hasText: "wrong" }).click();
  await page.locator("#detail").waitFor();
  await shot("phone-record");
});

test("everything has a name, and enough contrast", async () => {
  await server.send(record("DEBUG", "a", "1"), record("INFO", "a", "2"), record("WARNING", "a", "3"), record("ERROR", "a", "4", { x: 1 }), record("CRITICAL", "a", "5"));
  await until(rows, (found) => found.length === 5);
  await page.locator(".row.error").click();
  for (const theme of ["light", "dark"]) {
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
    const bad = await page.evaluate(() => {
      const bad = [];
      for (const control of document.querySelectorAll("button, input, select, [role=img]")) {
        if (!control.checkVisibility()) continue;
        if (!(control.getAttribute("aria-label") || control.textContent.trim() || control.labels?.length)) bad.push(`no name: ${control.outerHTML}`);
      }
      const parse = (colour) => (/color\(srgb ([^)]*)\)/.exec(colour)?.[1].split(/[ /]+/).map((part, at) => (at < 3 ? part * 255 : Number(part)))) ?? colour.match(/[\d.]+/g).map(Number);
      const light = ([r, g, b]) => [r, g, b].map((c) => ((c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)).reduce((sum, c, at) => sum + c * [0.2126, 0.7152, 0.0722][at], 0);
      const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
          const colour = parse(getComputedStyle(at).backgroundColor);
          if ((colour[3] ?? 1) === 1) return colour;
        }
        return [255, 255, 255];
      };
      for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        if (!own || !element.checkVisibility({ visibilityProperty: true }) || element.closest(".skip, .hidden, option")) continue;
        const [a, b] = [light(parse(getComputedStyle(element).color)), light(ground(element))].sort((a, b) => b - a);
        const contrast = (a + 0.05) / (b + 0.05);
        if (contrast < 4.5) bad.push(`${contrast.toFixed(2)}: ${element.className} ${element.textContent.slice(0, 30)}`);
      }
      return bad;
    });
    assert.deepEqual(bad, [], theme);
  }
});

/** Another server, with a journal. */
async function withJournal() {
  await server.stop();
  await context.close();
  server = await Server.start("--journal", "journal");
  context = await chromium.newContext({ viewport: { width: 1280, height: 800 }, timezoneId: "UTC" });
  page = await look();
}

test("with a journal, search and scrolling go back through all of it", async () => {
  await withJournal();
  // more than is kept in memory
  const long = "z".repeat(8000);
  for (let part = 0; part < 10; part++) {
    await server.send(...Array.from({ length: 90 }, (_, n) => record("INFO", "past", `record ${part * 90 + n + 1} ${n === 7 ? "needle " : ""}${long}`, { process: part + 1 })));
  }
  await page.reload();
  await connected(page);
  await until(() => text("#counts"), (said) => said === "500 of 900 records");
  const first = async () => (await rows())[0]?.slice(0, 9).trim();
  const up = () => page.evaluate(() => (document.querySelector("#list").scrollTop = 0)).then(first);
  await until(up, (found) => found === "record 1");
  await until(() => text("#counts"), (said) => said === "900 records");
  // a search finds what memory lacks
  await page.locator("#query").fill("needle");
  await page.keyboard.press("Enter");
  await until(rows, (found) => found.length === 10 && found[0].startsWith("record 8 needle"));
  // and leads to what is around it, in both directions, from a link too
  await page.locator(".row:not([hidden])").first().click();
  await page.locator("#detail").getByText("around it: all").click();
  await until(() => page.locator(".row.picked .message").textContent(), (found) => found.startsWith("record 8 needle"));
  await until(rows, (found) => found[0]?.startsWith("record 1 ") && found.some((row) => row.startsWith("record 20 ")));
  assert.equal(new URL(page.url()).searchParams.get("at"), "8");
  await shot("around");
  await page.reload();
  await until(() => page.locator(".row.picked .message").textContent(), (found) => found.startsWith("record 8 needle"));
  const down = () => page.evaluate(() => (document.querySelector("#list").scrollTop = 1e9)).then(() => text("#counts"));
  await until(down, (said) => said === "900 records");
});

const groupNames = () => page.locator("#groups button").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
const treeNames = () => page.locator("#tree button").evaluateAll((all) => all.map((one) => one.getAttribute("aria-label").replace(/, \d+ errors/, "")));

test("with a journal, histogram, loggers and kinds of errors are those of all of it", async () => {
  await withJournal();
  const at = Date.now() / 1000 - 3000;
  const fail = (n, more) => record("ERROR", "orders", `order ${n} failed`, { exc_text: traceback("PaymentError", `card ${n}`), created: at + n, ...more });
  await server.send(...Array.from({ length: 2500 }, (_, n) => (n % 1000 === 5 ? fail(n) : record("INFO", n % 2 ? "shop.cart" : "serving", `record ${n}`, { created: at + n }))));
  await page.reload();
  await connected(page);
  await until(() => text("#counts"), (said) => said === "500 of 2,500 records");
  assert.match(await page.locator("#histogram").getAttribute("aria-label"), /2,497 info, 3 error/);
  assert.deepEqual(await treeNames(), ["orders, 3 records", "serving, 1250 records", "shop, 1247 records", "shop.cart, 1247 records"]);
  // what comes now is counted with it, and one more of the same kind is no new kind
  await server.send(record("INFO", "shop.cart", "now"), fail(2999), fail(3000, { exc_text: traceback("KeyError", "x") }));
  await until(() => text("#counts"), (said) => said === "503 of 2,503 records");
  await until(treeNames, (found) => found[0] === "orders, 5 records" && found[3] === "shop.cart, 1248 records");
  await page.locator("#tab-errors").click();
  await until(groupNames, (found) => JSON.stringify(found) === JSON.stringify(["KeyError, 1 times", "PaymentError, 4 times"]));
  await page.locator("#groups button").nth(1).click();
  await page.locator("#detail", { hasText: "order 2999 failed" }).waitFor();
  // of the errors before, one is here, and the next far up in the journal
  const picked = () => page.locator(".row.picked .message").textContent();
  await page.keyboard.press("E");
  await until(picked, (found) => found.startsWith("order 2005 failed"));
  await page.keyboard.press("E");
  await until(picked, (found) => found.startsWith("order 1005 failed"));
  assert.equal(new URL(page.url()).searchParams.get("at"), "1006");
  await page.keyboard.press("j");
  await until(picked, (found) => found === "record 1006");
  await page.keyboard.press("e");
  await until(picked, (found) => found.startsWith("order 2005 failed"));
});

test("with a journal, a part of the time is looked for in all of it", async () => {
  await withJournal();
  const at = Math.floor(Date.now() / 1000) - 3000;
  await server.send(...Array.from({ length: 2000 }, (_, n) => record("INFO", "a", `record ${n}`, { created: at + n })));
  await page.reload();
  await connected(page);
  await until(() => text("#counts"), (said) => said === "500 of 2,000 records");
  // far before what is in the list
  const box = await page.locator("#histogram").boundingBox();
  await page.mouse.move(box.x + box.width * 0.1, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.15, box.y + 10, { steps: 4 });
  await page.mouse.up();
  await until(rows, (found) => Number(found.at(-1)?.replace("record ", "")) < 310);
  const counted = await until(() => text("#counts"), (said) => /^\d+ records$/.test(said) && Math.abs(parseInt(said) - 100) < 4);
  // the link shows another the same
  await page.reload();
  await until(() => text("#counts"), (said) => said === counted);
  await page.locator("#list").focus();
  await page.keyboard.press("Escape");
  await until(() => text("#counts"), (said) => said === "500 of 2,000 records");
});

test("a search tells how far it is, shows what it finds at once, and can be cancelled", async () => {
  await withJournal();
  await server.send(...numbered(1, 3));
  // a journal of 80 GB is played: the page's own fetch gets an answer that stops in the middle
  await page.addInitScript(() => {
    const real = window.fetch;
    window.fetch = async (url, options) => {
      if (!String(url).includes("/search?")) return real(url, options);
      const lines = (await (await real(url, options)).text()).trim().split("\n").filter((line) => line.includes('"number"'));
      const body = new ReadableStream({
        start(controller) {
          const say = (text) => controller.enqueue(new TextEncoder().encode(text + "\n"));
          lines.slice(0, 2).forEach(say);
          say(JSON.stringify({ searched: 12e9, of: 80e9, read: 1 }));
          options.signal.addEventListener("abort", () => controller.error(options.signal.reason));
          window.say = () => lines.slice(2).forEach(say);
        },
      });
      return new Response(body);
    };
  });
  await page.reload();
  await shows(["record 2", "record 3"]);
  assert.equal(await text("#progress-text"), "searched 12.0 of 80.0 GB");
  await shot("searching");
  await page.evaluate(() => window.say());
  await shows(["record 1", "record 2", "record 3"]);
  await page.locator("#cancel").click();
  await until(() => page.locator("#progress").isHidden(), (hidden) => hidden);
  await server.send(...numbered(4, 4));
  await shows(["record 1", "record 2", "record 3", "record 4"]);
});

test("with a journal, all that matches is downloaded", async () => {
  await withJournal();
  await server.send(...numbered(1, 1500));
  await page.reload();
  await until(() => text("#counts"), (said) => said === "500 of 1,500 records");
  await server.send(...numbered(1501, 1502));
  await until(() => text("#counts"), (said) => said === "502 of 1,502 records");
  const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#download").click()]);
  const lines = readFileSync(await download.path(), "utf8").trim().split("\n");
  assert.deepEqual(lines.map((line) => Number(line.split(" ").at(-1))), Array.from({ length: 1502 }, (_, n) => n + 1));
});
