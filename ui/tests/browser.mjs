// Drives a headless Chromium over a pipe, and serves the page under the content policy that the desktop window has.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../dist-demo/", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--force-color-profile=srgb", "--remote-debugging-pipe"];

function serve() {
  const server = createServer(async (request, response) => {
    const path = normalize(new URL(request.url, "http://page").pathname);
    const file = join(ROOT, path === "/" ? "index.html" : path);
    const body = await readFile(file).catch(() => undefined);
    response.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "content-security-policy": POLICY });
    response.end(body);
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

function chromium() {
  const found = [process.env.CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) => path && existsSync(path));
  if (!found) throw new Error("The page's tests need Chromium: install it, or name it in CHROMIUM");
  return found;
}

/** One message after the other, each ended by a zero byte. */
function connection(child) {
  const [, , , write, read] = child.stdio;
  const waiting = new Map();
  const ears = new Set();
  let last = 0;
  let rest = "";
  read.setEncoding("utf8");
  read.on("data", (chunk) => {
    const parts = (rest + chunk).split("\0");
    rest = parts.pop();
    for (const part of parts) {
      const message = JSON.parse(part);
      const { resolve, reject } = waiting.get(message.id) ?? {};
      waiting.delete(message.id);
      if (message.error) reject?.(new Error(message.error.message));
      else if (resolve) resolve(message.result);
      else for (const hear of ears) hear(message);
    }
  });
  const call = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      write.write(`${JSON.stringify({ id: last, method, params, sessionId })}\0`);
    });
  return { call, ears };
}

const KEYS = { Enter: 13, Escape: 27, " ": 32, Tab: 9, ArrowLeft: 37, ArrowUp: 38, ArrowRight: 39, ArrowDown: 40, Delete: 46, F2: 113, F6: 117, F10: 121, End: 35, Home: 36 };

class Page {
  constructor(connection, session, address) {
    Object.assign(this, { connection, session, address, faults: [] });
    connection.ears.add(({ sessionId, method, params }) => {
      if (sessionId !== session) return;
      if (method === "Runtime.exceptionThrown") this.faults.push(params.exceptionDetails.exception?.description ?? params.exceptionDetails.text);
      if (method === "Log.entryAdded" && params.entry.level === "error") this.faults.push(params.entry.text);
      if (method === "Runtime.consoleAPICalled" && params.type === "error") this.faults.push(params.args.map(({ value, description }) => value ?? description).join(" "));
    });
  }

  call(method, params) {
    return this.connection.call(method, params, this.session);
  }

  async look(size, features = {}) {
    await this.call("Emulation.setDeviceMetricsOverride", { ...size, deviceScaleFactor: 1, mobile: false });
    await this.call("Emulation.setEmulatedMedia", { features: Object.entries({ "prefers-reduced-motion": "reduce", ...features }).map(([name, value]) => ({ name, value })) });
  }

  async open(scene) {
    this.faults.length = 0;
    // A new query is a new page; a new fragment alone would be the same one.
    await this.call("Page.navigate", { url: `${this.address}?${Math.random()}#${scene}` });
    await this.until(`document.readyState === "complete" && document.querySelector("h1")`);
  }

  async run(script) {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", { expression: script, awaitPromise: true, returnByValue: true, userGesture: true });
    if (exceptionDetails) throw new Error(`${script}: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    return result.value;
  }

  async until(fact, limit = 5_000) {
    const end = Date.now() + limit;
    for (;;) {
      if (await this.run(`Boolean(${fact})`).catch(() => false)) return;
      if (Date.now() > end) throw new Error(`Never true: ${fact}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** `Enter`, `x`, `Control+Enter`. */
  async key(name) {
    const parts = name.split("+");
    const key = parts.pop();
    const modifiers = parts.reduce((sum, part) => sum + { Alt: 1, Control: 2, Meta: 4, Shift: 8 }[part], 0);
    const text = key === "Enter" ? "\r" : key.length === 1 && !(modifiers & 7) ? key : undefined;
    const event = { key, modifiers, windowsVirtualKeyCode: KEYS[key] ?? key.toUpperCase().charCodeAt(0), text };
    await this.call("Input.dispatchKeyEvent", { type: text ? "keyDown" : "rawKeyDown", ...event });
    await this.call("Input.dispatchKeyEvent", { type: "keyUp", ...event, text: undefined });
  }

  async type(text) {
    await this.call("Input.insertText", { text });
  }

  /** Clicks the middle of what `data-test` names, as a mouse does. */
  async click(test) {
    const { x, y } = await this.run(`(() => { const box = document.querySelector('[data-test="${test}"]').getBoundingClientRect(); return { x: box.x + box.width / 2, y: box.y + box.height / 2 }; })()`);
    for (const type of ["mousePressed", "mouseReleased"]) await this.call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  async shot() {
    const { data } = await this.call("Page.captureScreenshot", { format: "png" });
    return Buffer.from(data, "base64");
  }
}

export async function start() {
  const server = await serve();
  const home = await mkdtemp(join(tmpdir(), "page-"));
  const child = spawn(chromium(), [...FLAGS, `--user-data-dir=${home}`, "about:blank"], { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const link = connection(child);
  const { targetId } = await link.call("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await link.call("Target.attachToTarget", { targetId, flatten: true });
  const page = new Page(link, sessionId, `http://127.0.0.1:${server.address().port}/`);
  for (const domain of ["Page", "Runtime", "Log"]) await page.call(`${domain}.enable`);
  await page.look({ width: 960, height: 640 });
  async function stop() {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    await link.call("Browser.close").catch(() => child.kill());
    await gone;
    server.close();
    server.closeAllConnections();
    await rm(home, { recursive: true, force: true, maxRetries: 5 });
  }
  return { page, stop };
}
