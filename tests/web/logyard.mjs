// A server to look at, a browser to look with, and records to look at.

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(fileURLToPath(import.meta.url), "../../..");
const target = process.env.CARGO_TARGET_DIR ?? join(root, "target");
const binary = process.env.LOGYARD_BIN ?? join(target, "debug/logyard");
const require = createRequire(join(process.env.LOGYARD_NODE_MODULES ?? join(target, "web-tests"), "x.js"));
const { chromium } = require("playwright-core");

export const screenshots = join(target, "screenshots");
mkdirSync(screenshots, { recursive: true });

/** A machine under load is slow; nothing here takes long. */
export const PATIENCE = 120_000;

function chromiumPath() {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    const found = spawnSync("which", [name], { encoding: "utf8" }).stdout.trim();
    if (found) return found;
  }
  throw new Error("there is no Chromium");
}

export const browser = () =>
  chromium.launch({ executablePath: process.env.LOGYARD_CHROMIUM ?? chromiumPath(), args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** A server with a page, in a folder of its own. */
export class Server {
  static async start(...more) {
    const server = new Server();
    server.folder = mkdtempSync(join(tmpdir(), "logyard-web-"));
    server.more = more;
    await server.run(["127.0.0.1:0", "127.0.0.1:0"]);
    return server;
  }

  async run([listen, web]) {
    this.process = spawn(binary, ["serve", "--listen", listen, "--web", web, "--state", "state", ...this.more], {
      cwd: this.folder, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, TZ: "UTC", NO_COLOR: "1" },
    });
    let told = "";
    await new Promise((done, fail) => {
      this.process.stderr.on("data", (data) => {
        told += data;
        if (/listening on/.test(told)) done();
      });
      this.process.on("exit", () => fail(new Error(`the server has ended: ${told}`)));
    });
    this.page = /seen at (http:\/\/\S+)/.exec(told)[1];
    this.port = Number(/listening on 127\.0\.0\.1:(\d+)/.exec(told)[1]);
  }

  /** Ends it, and starts another at the same addresses. */
  async again() {
    await this.end();
    await this.run([`127.0.0.1:${this.port}`, new URL(this.page).host]);
  }

  async end() {
    if (this.process.exitCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.process.kill("SIGTERM");
    await ended;
  }

  async stop() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Sends records, and waits until the server has taken them all. */
  async send(...records) {
    const socket = connect(this.port, "127.0.0.1");
    await new Promise((done, fail) => socket.once("connect", done).once("error", fail));
    socket.write(Buffer.concat(records.map(frame)));
    const closed = new Promise((done) => socket.once("close", done));
    socket.end();
    socket.resume();
    await closed;
  }

  memory() {
    const status = spawnSync("cat", [`/proc/${this.process.pid}/status`], { encoding: "utf8" }).stdout;
    return Number(/VmRSS:\s+(\d+)/.exec(status)[1]);
  }
}

const LEVELS = { DEBUG: 10, INFO: 20, WARNING: 30, ERROR: 40, CRITICAL: 50 };

/** A record with what it is to differ in. */
export function record(level, name, msg, more = {}) {
  return {
    name, msg, args: null, levelname: level, levelno: LEVELS[level] ?? 20, pathname: `/srv/app/${name.replaceAll(".", "/")}.py`,
    filename: "app.py", module: "app", exc_info: null, exc_text: null, stack_info: null, lineno: 12, funcName: "run",
    created: Date.now() / 1000, process: 4711, processName: "MainProcess", thread: 140000000000001, threadName: "MainThread", ...more,
  };
}

export const traceback = (kind, what) => `Traceback (most recent call last):
  File "/srv/app/orders/views.py", line 88, in checkout
    receipt = charge(order)
  File "/usr/lib/python3/dist-packages/requests/api.py", line 59, in request
    return session.request(method=method, url=url, **kwargs)
  File "/usr/lib/python3/dist-packages/requests/sessions.py", line 589, in request
    resp = self.send(prep, **send_kwargs)
  File "/srv/app/orders/payment.py", line 31, in charge
    raise ${kind}(${JSON.stringify(what)})
${kind}: ${what}`;

/** A pickle of protocol 2 with its length, as a SocketHandler sends it. */
function frame(fields) {
  const out = [];
  const text = (value) => {
    const bytes = Buffer.from(value, "utf8");
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    out.push(Buffer.from("X"), length, bytes);
  };
  const any = (value) => {
    if (value === null) return out.push(Buffer.from("N"));
    if (typeof value === "boolean") return out.push(Buffer.from([value ? 0x88 : 0x89]));
    if (typeof value === "string") return text(value);
    if (Number.isInteger(value)) {
      const bytes = Buffer.alloc(10, 0x8a);
      bytes[1] = 8;
      bytes.writeBigInt64LE(BigInt(value), 2);
      return out.push(bytes);
    }
    if (typeof value === "number") {
      const bytes = Buffer.alloc(9, 0x47);
      bytes.writeDoubleBE(value, 1);
      return out.push(bytes);
    }
    out.push(Buffer.from("](")); // a list
    value.forEach(any);
    out.push(Buffer.from("e"));
  };
  out.push(Buffer.from([0x80, 2]), Buffer.from("}("));
  for (const [name, value] of Object.entries(fields)) {
    text(name);
    any(value);
  }
  out.push(Buffer.from("u."));
  const pickle = Buffer.concat(out);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(pickle.length);
  return Buffer.concat([length, pickle]);
}
