// House rules of the page's sources.

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../src/", import.meta.url));

async function files(folder = ROOT) {
  const entries = await readdir(folder, { withFileTypes: true });
  const found = await Promise.all(entries.map((entry) => (entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)])));
  return found.flat().filter((path) => /\.(svelte|ts)$/.test(path) && !path.includes("bindings"));
}

const sources = async () => Promise.all((await files()).map(async (path) => ({ path: path.slice(ROOT.length), text: await readFile(path, "utf8") })));

test("components have at most 200 lines", async () => {
  assert.deepEqual((await sources()).filter(({ text }) => text.split("\n").length > 201).map(({ path }) => path), []);
});

test("only one file knows Tauri", async () => {
  assert.deepEqual((await sources()).filter(({ text }) => text.includes("@tauri-apps")).map(({ path }) => path), ["backend/tauri.ts"]);
});

test("nothing is typed any, and no component reaches into another with bind", async () => {
  assert.deepEqual((await sources()).filter(({ text }) => /\bany\b(?=[\s,;)>\]=|]*$|\[)|: any\b|<any>|as any\b/m.test(text.replace(/\/\/.*|<!--[^]*?-->/g, ""))).map(({ path }) => path), []);
  assert.deepEqual((await sources()).filter(({ text }) => /<[A-Z]\w*[^>]*\sbind:(?!this)/.test(text)).map(({ path }) => path), []);
});
