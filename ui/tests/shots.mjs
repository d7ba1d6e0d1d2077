// Takes pictures of every scene: `npm run shots -- [folder] [scene …]`.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { start } from "./browser.mjs";

const SCENES = ["hosts", "first-run", "import", "import-changes", "import-none", "states", "many", "keychain-locked", "no-keyring", "add-host", "add-host-looking-up", "add-host-found", "add-host-no-name", "add-host-not-behind-access", "add-host-refused", "add-host-read-only", "edit-host", "logging-in", "logging-in-starting", "logging-in-no-browser", "logging-in-refused", "detail", "detail-ending", "detail-not-logged-in", "blocked", "toast", "no-hosts", "share-no-token", "share-form", "share-obstacle", "share-progress", "share-failed", "share-in-place", "share-running", "share-certificates", "share-lost", "share-down", "share-moved", "share-rules", "share-people", "share-list", "share-found", "share-resting", "share-service", "share-no-service", "share-stop"];

const [folder = "dist-demo/shots", ...named] = process.argv.slice(2);
await mkdir(folder, { recursive: true });
const { page, stop } = await start();
for (const [name, size, scheme] of [["light", { width: 960, height: 640 }, "light"], ["dark", { width: 960, height: 640 }, "dark"], ["small", { width: 640, height: 440 }, "light"], ["wide", { width: 1280, height: 800 }, "light"]]) {
  await page.look(size, { "prefers-color-scheme": scheme });
  for (const scene of named.length > 0 ? named : SCENES) {
    await page.open(scene);
    await page.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 60)))");
    await writeFile(join(folder, `${scene}--${name}.png`), await page.shot());
    for (const fault of page.faults) console.error(`${scene}: ${fault}`);
  }
}
await stop();
