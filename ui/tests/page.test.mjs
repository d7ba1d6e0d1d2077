// What a person can do with the page, by mouse and by keys, in a real browser.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, beforeEach, test } from "node:test";

import { start } from "./browser.mjs";

let page;
let stop;
let axe;

before(async () => {
  ({ page, stop } = await start());
  axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
});
after(() => stop?.());
beforeEach(() => page.look({ width: 960, height: 640 }));

const asked = () => page.run("asked");
const last = async () => (await asked()).at(-1);
const focused = () => page.run("document.activeElement.dataset.test ?? document.activeElement.getAttribute('role') ?? document.activeElement.tagName");
const text = (test) => page.run(`document.querySelector('[data-test="${test}"]')?.innerText`);
const there = (test) => `document.querySelector('[data-test="${test}"]')`;
const active = () => page.run("document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))?.dataset.test");

const SCENES = ["hosts", "first-run", "import", "import-changes", "import-none", "no-hosts", "states", "many", "keychain-locked", "add-host", "add-host-looking-up", "add-host-found", "add-host-no-name", "add-host-not-behind-access", "add-host-refused", "add-host-read-only", "edit-host", "logging-in", "logging-in-starting", "logging-in-no-browser", "logging-in-refused", "detail", "blocked", "toast", "share-no-token", "share-form", "share-obstacle", "share-progress", "share-failed", "share-in-place", "share-running", "share-certificates", "share-lost", "share-down", "share-moved", "share-rules", "share-people", "share-list", "share-found", "share-resting", "share-service", "share-no-service", "share-stop"];

for (const scheme of ["light", "dark"]) {
  test(`no scene has a fault that axe or the console can see, ${scheme}`, async () => {
    await page.look({ width: 960, height: 640 }, { "prefers-color-scheme": scheme });
    const found = [];
    for (const scene of SCENES) {
      await page.open(scene);
      await page.run(axe);
      const { violations } = await page.run("axe.run(document, { resultTypes: ['violations'] })");
      found.push(...violations.map(({ id, nodes }) => `${scene}: ${id}: ${nodes[0].html.slice(0, 160)} ${nodes[0].failureSummary}`), ...page.faults.map((fault) => `${scene}: ${fault}`));
    }
    assert.deepEqual(found, []);
  });
}

test("at 480 by 320, which is 200 % zoom, nothing scrolls sideways", async () => {
  await page.look({ width: 480, height: 320 });
  for (const scene of SCENES) {
    await page.open(scene);
    const wide = await page.run("[...document.querySelectorAll('main, main *, dialog, dialog *')].filter((e) => e.scrollWidth > e.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(e).overflowX)).map((e) => e.className)");
    assert.deepEqual(wide.filter((name) => !name.includes("filter")), [], scene);
    assert.equal(await page.run("document.documentElement.scrollWidth <= innerWidth"), true, scene);
  }
});

test("what cloudflared left is chosen, shown and imported", async () => {
  await page.open("first-run");
  assert.match(await text("go-import"), /5 found/);
  await page.click("go-import");
  await page.until(there("import-title"));
  assert.equal(await text("import"), "Import 5 hosts");
  assert.equal(await page.run(`${there("import-choose-*.northwind.dev")}.disabled`), true);
  await page.click("import-choose-azure");
  assert.deepEqual(await last(), { kind: "choose-import", choice: { entries: [0, 1, 2, 4], logins: true, delete: false, changes: false } });
  await page.until(`${there("import")}.innerText === "Import 4 hosts"`);
  await page.click("import-logins");
  await page.until(`${there("import-delete")} === null`);
  await page.click("import-changes");
  await page.until(there("preview"));
  await page.click("import");
  await page.until(there("row-build-01"));
  assert.match(await text("toast"), /4 hosts imported/);
});

test("a machine is shared by a form, and asks before it stops", async () => {
  await page.open("hosts");
  await page.key("Control+3");
  await page.until(there("share-address"));
  await page.run(`${there("share-address")}.focus()`);
  await page.type("studio.acme.dev");
  await page.until(`${there("share-allow-error")}.innerText === "Add at least one person, group or domain."`);
  assert.equal(await page.run(`${there("share-start")}.disabled`), true);
  await page.run(`${there("share-allow")}.focus()`);
  await page.type("jo@corp.test");
  await page.key("Enter");
  await page.type("@acme.dev");
  await page.key("Enter");
  await page.type("plat");
  await page.until(`document.querySelectorAll('[data-test^="share-group-"]').length === 2`);
  await page.key("ArrowDown");
  assert.equal(await active(), "share-group-Platform, Lisbon");
  await page.key("ArrowUp");
  await page.key("Enter");
  await page.until(`document.querySelectorAll('[data-test="share-whom"]').length === 3`);
  assert.equal(await page.run(`document.querySelectorAll('[data-test="share-whom"]')[2].innerText`), "Platform group");
  await page.type("contr");
  await page.until(there("share-group-Contractors"));
  await page.click("share-group-Contractors");
  await page.until(`document.querySelectorAll('[data-test="share-whom"]').length === 4`);
  await page.key("Backspace");
  await page.until(`document.querySelectorAll('[data-test="share-whom"]').length === 3`);
  assert.deepEqual(await last(), { kind: "edit-share", form: { hostname: "studio.acme.dev", allow: ["jo@corp.test", "@acme.dev", "group:Platform"], session: "8h", port: "22", certificates: false } });
  await page.click("share-certificates");
  assert.equal((await last()).form.certificates, true);
  assert.match(await text("share-plan"), /Create a tunnel/);
  await page.click("share-start");
  await page.until(there("share-step-connector"));
  assert.equal(await page.run(`${there("share-step-connector")}.dataset.state`), "running");
  await page.until(there("share-count"), 10_000);
  assert.equal(await text("share-count"), "4 of 4");
  assert.match(await text("go-share"), /On/);
  await page.click("share-stop");
  await page.until(there("ask-yes"));
  assert.equal(await focused(), "ask-no");
  await page.click("ask-also");
  await page.click("ask-yes");
  assert.deepEqual(await last(), { kind: "answer", yes: true, also: true });
  await page.until(there("share-address"));
});

test("sharing that is stopped keeps its steps, and is gone on with or undone", async () => {
  await page.open("share-progress");
  assert.match(await text("share-step-tunnel"), /0\.8 s/);
  await page.click("share-undo-step");
  assert.deepEqual(await last(), { kind: "undo-share-step", name: "studio.acme.dev" });
  await page.click("share-call-off");
  await page.until(there("share-in-place"));
  assert.equal(await text("share-in-place"), "5 steps are in place");
  assert.equal(await page.run(`${there("share-address")}.matches(":disabled")`), true);
  await page.click("share-continue");
  assert.deepEqual((await asked()).at(-1), { kind: "continue-sharing", name: "studio.acme.dev" });
  await page.until(there("share-undo-all"));
  await page.click("share-undo-all");
  await page.until(`${there("share-address")}?.matches(":enabled")`);
});

test("one of several is opened, somebody is cut off, and one more can be shared", async () => {
  await page.open("share-list");
  assert.equal(await text("go-share"), "Share\n2 on");
  assert.match(await text("share-row-gpu.acme.dev"), /3 of 4 connections/);
  await page.run(`${there("share-row-studio.acme.dev")}.querySelector(".open").click()`);
  assert.deepEqual(await last(), { kind: "open-share", name: "studio.acme.dev" });
  await page.until(there("share-visitors"));
  await page.click("share-disconnect");
  assert.deepEqual(await last(), { kind: "disconnect", name: "studio.acme.dev", visitor: 7 });
  await page.until(there("ask-yes"));
  await page.click("ask-no");
  await page.click("share-list-back");
  await page.until(there("share-list"));
  await page.click("share-another");
  await page.until(there("share-address"));
});

test("rules are added, moved and saved, and the last one stays", async () => {
  await page.open("share-running");
  await page.click("share-edit-rules");
  await page.until(there("rules-edit"));
  assert.equal(await page.run(`${there("rules-edit")}.querySelectorAll('[aria-label^="Remove rule"]').length`), 2);
  await page.run(`${there("rules-edit")}.querySelector('[aria-label="Move rule 2 up"]').click()`);
  await page.click("rules-add");
  await page.until(`document.activeElement.matches("[data-hostname]")`);
  await page.type("db.acme.dev");
  await page.run(`${there("rule-service-3")}.focus()`);
  await page.type("tcp://127.0.0.1:5432");
  await page.click("rules-save");
  const rules = [
    { from: 1, hostname: "files.acme.dev", path: "^/public/", service: "http://127.0.0.1:8080" },
    { from: 0, hostname: "studio.acme.dev", path: "", service: "ssh://127.0.0.1:22" },
    { from: null, hostname: "db.acme.dev", path: "", service: "tcp://127.0.0.1:5432" },
    { from: 2, hostname: "", path: "", service: "http_status:404" },
  ];
  assert.deepEqual(await last(), { kind: "save-rules", rules });
  await page.until(`${there("rules-edit")} === null`);
});

test("who may connect is changed, and shown before it is set", async () => {
  await page.open("share-running");
  await page.click("share-edit");
  await page.until(there("people-changes"));
  assert.equal(await text("people-changes"), "Nothing is changed yet.");
  assert.equal(await page.run(`${there("people-save")}.disabled`), true);
  await page.run(`document.querySelector('dialog [aria-label="Remove jo@contractor.dev"]').click()`);
  await page.until(`${there("people-changes")}.innerText === "jo@contractor.dev may not any more."`);
  await page.type("contr");
  await page.until(there("share-group-Contractors"));
  await page.key("Enter");
  await page.until(`${there("people-changes")}.innerText.startsWith("Contractors group may connect.")`);
  assert.deepEqual(await last(), { kind: "draft-people", allow: ["ada.park@acme.dev", "group:Platform", "group:Contractors"], session: "8h" });
  await page.click("people-save");
  assert.deepEqual(await last(), { kind: "save-people" });
  await page.until(`!document.querySelector("dialog[open]")`);
});

test("what is wrong with a rule is said until it is changed", async () => {
  await page.open("share-rules");
  await page.run(`${there("rule-service-2")}.select()`);
  await page.type("carrier pigeon");
  await page.click("rules-save");
  await page.until(there("rules-problem"));
  assert.match(await text("rules-problem"), /carrier pigeon is no service/);
  await page.run(`${there("rule-service-2")}.select()`);
  await page.type("http://127.0.0.1:8080");
  await page.until(`${there("rules-problem")} === null`);
});

test("what a first host needs stands on one line in a window as it opens", async () => {
  await page.open("first-run");
  assert.equal(await page.run("new Set([...document.querySelectorAll('[data-test=checks] li')].map((check) => check.offsetTop)).size"), 1);
});

test("a service runs what is shared, or says why it cannot", async () => {
  await page.open("share-no-service");
  assert.match(await text("share-service-problem"), /The service could not be set up\.\s+Neither systemd/);
  assert.equal(await page.run(`${there("share-service")}.getAttribute("aria-checked")`), "false");
  await page.click("share-service");
  assert.deepEqual(await last(), { kind: "run-as-service", name: "studio.acme.dev", on: true });
  await page.until(there("share-resting"));
  assert.match(await text("share-resting"), /Runs as a service\. Quitting Sallyport does not stop it\./);
  assert.equal(await page.run(`${there("share-service")}.getAttribute("aria-checked")`), "true");
  assert.equal(await page.run(`${there("share-again")} === null`), true);
  await page.click("share-service");
  assert.deepEqual(await last(), { kind: "run-as-service", name: "studio.acme.dev", on: false });
});

test("a tunnel of cloudflared's is looked at, then run", async () => {
  await page.open("share-list");
  await page.run(`${there("share-row-build")}.querySelector(".open").click()`);
  await page.until(there("share-rules"));
  assert.match(await text("share-rules"), /files\.acme\.dev/);
  await page.click("share-answer");
  assert.equal((await last()).kind, "take-tunnel");
  await page.until(there("share-count"));
  assert.match(await text("share-line"), /Nothing of cloudflared's is changed/);
});

test("the API token leaves the page once, and does not stay in it", async () => {
  await page.open("share-no-token");
  assert.equal(await page.run(`${there("share-token")}.type`), "password");
  await page.click("share-make-token");
  assert.deepEqual(await last(), { kind: "open-api-token-page" });
  await page.run(`${there("share-token")}.focus()`);
  await page.type("hush");
  await page.key("Enter");
  await page.until(there("share-address"));
  assert.equal((await asked()).filter(({ kind }) => kind === "keep-api-token").length, 1);
  assert.equal(await page.run("document.documentElement.outerHTML.includes('hush')"), false);
});

test("the import is left by Escape, and nothing is asked for", async () => {
  await page.open("import");
  await page.key("Escape");
  assert.deepEqual(await asked(), [{ kind: "close-import" }]);
});

test("from the first start to a host that is logged in, by mouse", async () => {
  await page.open("first-run");
  await page.click("add-host");
  await page.until(there("hostname"));
  assert.equal(await focused(), "hostname");
  await page.type("gpu-lab-07.acme.dev");
  await page.until(`${there("lookup")}.innerText.includes("Behind Cloudflare Access")`);
  assert.equal(await text("command"), "ssh gpu-lab-07");
  await page.click("save");
  await page.until(there("row-gpu-lab-07"));
  assert.match(await text("toast"), /gpu-lab-07 added/);
  assert.equal(await text("row-line1-gpu-lab-07"), "Not logged in");
  await page.click("row-button-gpu-lab-07");
  await page.until(`${there("login-dialog")}.open`);
  await page.until(`${there("row-line1-gpu-lab-07")}.innerText === "Until 17:42"`, 10_000);
  assert.equal(await page.run(`${there("login-dialog")} === null`), true);
  assert.equal(await focused(), "row-button-gpu-lab-07");
});

test("the log-in dialog starts on a safe button, shows the code, and Escape hides it without stopping", async () => {
  await page.open("hosts");
  await page.run(`${there("row-button-warehouse")}.focus()`);
  await page.key("Enter");
  await page.until(`${there("login-dialog")}?.open`);
  assert.equal(await focused(), "login-open-again");
  assert.match(await page.run(`${there("login-link")}.dataset.link`), /^https:\/\/northwind\./);
  await page.click("login-show-code");
  await page.until("document.querySelector('dialog img')?.complete && document.querySelector('dialog img').naturalWidth > 0");
  await page.click("login-copy-link");
  await page.until(`[...${there("login-copy-link")}.querySelectorAll("span")].some((e) => e.innerText === "Copied" && getComputedStyle(e).visibility === "visible")`);
  await page.key("Escape");
  await page.until(`!${there("login-dialog")}.open`);
  assert.deepEqual(await last(), { kind: "hide-log-in" });
  assert.equal(await text("row-line1-warehouse"), "Logging in…");
  assert.equal(await focused(), "row-button-warehouse");
});

test("a log-in that ends badly says why, and offers to try again", async () => {
  await page.open("logging-in-refused");
  assert.equal(await page.run("[...document.querySelectorAll('dialog button')].map((button) => button.innerText.split('\\n')[0]).join()"), "Try again,Copy details,Close");
  assert.match(await text("problem"), /northwind did not log you in\.\s+Its login page answered/);
  await page.key("Enter");
  assert.deepEqual(await last(), { kind: "retry-log-in" });
});

test("the list is one stop for keys: it moves, connects, logs in, opens, comes back, removes and takes back", async () => {
  await page.open("hosts");
  await page.key("ArrowDown");
  assert.equal(await focused(), "grid");
  assert.equal(await active(), "row-build-01");
  await page.key("ArrowDown");
  assert.equal(await active(), "row-db-primary");
  await page.key("Enter");
  assert.deepEqual(await last(), { kind: "connect", alias: "db-primary" });
  await page.key("w");
  assert.equal(await active(), "row-warehouse");
  await page.key(" ");
  await page.until("document.querySelector('h1').innerText.startsWith('warehouse')");
  assert.equal(await focused(), "H1");
  await page.key("Escape");
  await page.until("document.querySelector('h1').innerText === 'Hosts'");
  assert.equal(await focused(), "grid");
  assert.equal(await active(), "row-warehouse");
  await page.key("Delete");
  await page.until(`!${there("row-warehouse")}`);
  assert.equal(await focused(), "grid");
  assert.equal(await active(), "row-etl-notebook");
  await page.key("Control+z");
  await page.until(there("row-warehouse"));
  await page.key("Control+Enter");
  assert.equal((await last()).kind, "log-in");
});

test("removing a host with open sessions asks first, and the safe answer has the focus", async () => {
  await page.open("hosts");
  await page.key("ArrowDown");
  await page.key("Delete");
  await page.until("document.querySelector('dialog[open]')");
  assert.equal(await focused(), "ask-no");
  await page.key("Enter");
  assert.equal((await asked()).some(({ kind }) => kind === "remove-host"), false);
  assert.equal(await focused(), "grid");
});

test("a row's buttons and menu are reached with arrow keys and Shift+F10", async () => {
  await page.open("hosts");
  await page.key("ArrowDown");
  await page.key("ArrowRight");
  assert.equal(await focused(), "row-button-build-01");
  await page.key("ArrowRight");
  assert.equal(await focused(), "row-menu-build-01");
  await page.key("Escape");
  assert.equal(await focused(), "grid");
  await page.key("Shift+F10");
  await page.until("document.querySelector('[role=menu]')");
  assert.equal(await focused(), "menu-copy-command");
  await page.key("l");
  assert.equal(await focused(), "menu-log-in-again");
  await page.key("Escape");
  assert.equal(await focused(), "grid");
  await page.key("Shift+F10");
  await page.until("document.querySelector('[role=menu]')");
  await page.key("l");
  await page.key("ArrowDown");
  await page.key("Enter");
  await page.until(`${there("toast")}?.innerText.includes("Logged out of build-01")`);
  assert.equal(await focused(), "grid");
});

test("search narrows in place, knows near misses, and Escape gives everything back", async () => {
  await page.open("hosts");
  await page.key("Control+f");
  assert.equal(await focused(), "search");
  await page.type("northw");
  await page.until("document.querySelectorAll('[data-test^=row-line1]').length === 2");
  await page.key("Escape");
  await page.type("biuld");
  await page.until("document.body.innerText.includes('No host matches “biuld”')");
  assert.equal(await page.run("document.body.innerText.includes('Did you mean build-01?')"), true);
  await page.key("Escape");
  await page.until("document.querySelectorAll('[data-test^=row-line1]').length === 9");
});

test("of 512 hosts only those in view are drawn, and any is reached with a few keys", async () => {
  await page.open("many");
  const drawn = () => page.run("document.querySelectorAll('[data-test^=row-line1]').length");
  assert.ok((await drawn()) < 50);
  assert.equal(await page.run("document.querySelector('[role=grid]').ariaRowCount"), "515");
  await page.key("ArrowDown");
  await page.key("End");
  await page.until(`${there("row-web-204")}?.getBoundingClientRect().bottom <= innerHeight`);
  assert.equal(await active(), "row-web-204");
  assert.ok((await drawn()) < 50);
  await page.key(" ");
  await page.until("document.querySelector('h1').innerText === 'web-204'");
  await page.key("Escape");
  await page.until(`${there("row-web-204")}?.getBoundingClientRect().bottom <= innerHeight`);
  await page.key("Home");
  await page.key("ArrowDown");
  await page.until(`${there("row-build-000")}?.getBoundingClientRect().top >= 133`);
  // At once: a pause between two letters begins a new name.
  await page.run("for (const key of 'gpu-lab-01') document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))");
  await page.until(there("row-gpu-lab-010"));
  assert.equal(await active(), "row-gpu-lab-010");
});

test("a form with changes is not lost to Escape", async () => {
  await page.open("edit-host");
  await page.type("x");
  await page.key("Escape");
  await page.until("document.querySelector('dialog[open]')");
  assert.match(await page.run("document.querySelector('dialog[open]').innerText"), /Discard changes to db-primary\?/);
  assert.equal(await focused(), "ask-no");
  await page.key("Enter");
  assert.equal(await page.run("document.querySelector('dialog[open]')"), null);
  await page.key("Escape");
  await page.click("ask-yes");
  await page.until("document.querySelector('h1').innerText === 'Hosts'");
});

test("removing from the form asks as the list does while sessions are open", async () => {
  await page.open("hosts");
  await page.key("ArrowDown");
  await page.until(`${there("row-build-01")}.classList.contains("active")`);
  await page.key("F2");
  await page.until("document.querySelector('h1').innerText === 'Edit build-01'");
  await page.click("remove");
  assert.match(await page.run("document.querySelector('dialog[open]').innerText"), /Remove build-01\?/);
  assert.equal(await focused(), "ask-no");
  await page.key("Enter");
  assert.equal((await asked()).some(({ kind }) => kind === "remove-host"), false);
  assert.equal(await page.run("document.querySelector('h1').innerText"), "Edit build-01");
  await page.click("remove");
  await page.click("ask-yes");
  assert.deepEqual(await last(), { kind: "remove-host", alias: "build-01" });
});

test("in a wide window a host shows beside the list, which keeps the keys", async () => {
  await page.look({ width: 1280, height: 800 });
  await page.open("hosts");
  await page.click("row-line1-azure");
  await page.until("document.querySelector('aside[aria-label=azure]')");
  assert.equal(await focused(), "grid");
  assert.equal(await page.run(`${there("row-azure")}.ariaSelected`), "true");
  await page.run(axe);
  assert.deepEqual(await page.run("axe.run().then(({ violations }) => violations.map(({ id }) => id))"), []);
  await page.key("ArrowDown");
  await page.key(" ");
  await page.until("document.querySelector('aside[aria-label=staging]')");
  await page.key("Escape");
  await page.until("document.querySelectorAll('aside').length === 1");
  assert.equal(await active(), "row-staging");
});

test("F6 goes from the content to the sidebar and back", async () => {
  await page.open("hosts");
  await page.key("ArrowDown");
  await page.key("F6");
  assert.equal(await page.run("document.activeElement.closest('aside') !== null"), true);
  await page.key("F6");
  assert.equal(await focused(), "grid");
});

test("what a toast offers is done, and the focus stays in the page", async () => {
  await page.open("toast");
  await page.run(`${there("toast-button")}.focus()`);
  await page.key("Enter");
  await page.until(`!${there("toast")}`);
  assert.deepEqual(await last(), { kind: "undo" });
  assert.equal(await focused(), "grid");
});

test("a toast stays while the pointer or the focus is upon it", async () => {
  await page.open("toast");
  const holds = async () => (await asked()).filter(({ kind }) => kind === "hold-toast").map(({ held }) => held);
  const pointer = (kind) => page.run(`${there("toast")}.dispatchEvent(new PointerEvent("${kind}"))`);
  await pointer("pointerenter");
  await page.run(`${there("toast-button")}.focus()`);
  await pointer("pointerleave");
  assert.deepEqual(await holds(), [true]);
  await page.run("document.querySelector('main [role=grid]').focus()");
  assert.deepEqual(await holds(), [true, false]);
});

test("a host that was added is taken back by Ctrl+Z", async () => {
  await page.open("add-host-found");
  await page.click("save");
  await page.until(`${there("toast")}?.innerText.includes("gpu-lab-07 added")`);
  await page.run("document.querySelector('main [role=grid]').focus()");
  await page.key("Control+z");
  await page.until(`!${there("toast")}`);
  assert.deepEqual(await last(), { kind: "undo" });
});

test("a fault is told at its field, and what cannot be written above the foot", async () => {
  await page.open("add-host-read-only");
  assert.equal(await page.run(`${there("problem")}.getAttribute("role")`), "alert");
  await page.run(`${there("name")}.focus()`);
  await page.type("my host");
  await page.until(`${there("name")}.getAttribute("aria-invalid") === "true"`);
  assert.equal(await page.run(`document.getElementById(${there("name")}.getAttribute("aria-describedby")).innerText`), "Names cannot contain spaces or *");
  assert.equal(await page.run(`${there("save")}.disabled`), true);
});

test("what the lookup offers instead fills the field", async () => {
  await page.open("add-host-no-name");
  await page.run("[...document.querySelectorAll('[data-test=lookup] button')].find((b) => b.innerText === 'Use it').click()");
  await page.until(`${there("hostname")}.value === "gpu-lab-07.acme.dev"`);
});

test("the option of the form goes to the program with the fields", async () => {
  await page.open("add-host-found");
  await page.click("certificate");
  const { draft } = await last();
  assert.deepEqual([draft.hostname, draft.certificate], ["gpu-lab-07.acme.dev", true]);
});
