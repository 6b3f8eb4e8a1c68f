// The README's pictures: each main view, of a shop's records.

import { join } from "node:path";
import { Server, browser, record, traceback } from "./logyard.mjs";

const folder = process.argv[2];
const server = await Server.start();
const chromium = await browser();

const at = Math.floor(Date.now() / 1000) - 900;
let seed = 7;
const random = (most) => (seed = (seed * 48271) % 2147483647) % most;
const records = [];
const paths = ["/", "/cart", "/checkout", "/orders/1842", "/search?q=lamp", "/static/app.css"];
for (let n = 0; n < 1400; n++) {
  const created = at + (n * 900) / 1400 + random(600) / 1000;
  const request_id = `${(random(1 << 30) + (1 << 30)).toString(16)}`;
  const busy = n > 900 && n < 1060;
  const kind = random(busy ? 14 : 60);
  if (kind === 0) records.push(record("ERROR", "shop.orders.payment", `order ${1000 + random(900)} could not be paid`, { created, request_id, user_id: random(5000), amount: random(9000) / 100, exc_text: traceback("PaymentError", "card refused"), process: 4711 + random(4) }));
  else if (kind === 1 && busy) records.push(record("ERROR", "shop.db", "query failed", { created, request_id, exc_text: traceback("OperationalError", "server closed the connection unexpectedly"), process: 4711 + random(4) }));
  else if (kind < 5) records.push(record("WARNING", "shop.db.pool", `waited ${200 + random(1800)} ms for a connection`, { created, pool: "main", process: 4711 + random(4) }));
  else if (kind < 12) records.push(record("DEBUG", "shop.cache", `miss: product:${random(9000)}`, { created, process: 4711 + random(4) }));
  else records.push(record("INFO", kind < 40 ? "gunicorn.access" : "shop.orders", kind < 40 ? `10.0.${random(9)}.${random(250)} "GET ${paths[random(6)]} HTTP/1.1" 200 ${random(20000)}` : `order ${1000 + random(900)} placed`, { created, request_id, process: 4711 + random(4) }));
}
records.sort((a, b) => a.created - b.created);
await server.send(...records);

async function shoot(name, theme, size, path, act) {
  const context = await chromium.newContext({ viewport: size, colorScheme: theme, timezoneId: "UTC", deviceScaleFactor: 1 });
  const page = await context.newPage();
  await page.goto(server.page + path);
  await page.locator("#counts", { hasText: /[1-9]/ }).waitFor();
  await page.waitForTimeout(1500);
  await act?.(page);
  await page.waitForTimeout(700);
  await page.screenshot({ path: join(folder, `${name}.png`) });
  await context.close();
}

const wide = { width: 1280, height: 760 };
await shoot("records", "light", wide, "");
await shoot("record", "dark", wide, "", async (page) => {
  await page.locator("#list").focus();
  await page.locator("#rows .row").first().waitFor();
  await page.waitForTimeout(3000);
  await page.keyboard.press("E");
  await page.locator("#detail").waitFor();
});
await shoot("errors", "light", wide, "?view=errors");
await shoot("phone", "dark", { width: 390, height: 720 }, "?level=30");
await chromium.close();
await server.stop();
