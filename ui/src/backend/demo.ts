// A backend that plays: scenes to look at, and enough behaviour to click through them. No program stands behind it.

import type { Button } from "../bindings/Button";
import type { Request } from "../bindings/Request";
import type { ShareForm } from "../bindings/ShareForm";
import type { Row } from "../bindings/Row";
import type { Snapshot } from "../bindings/Snapshot";
import type { Backend } from ".";
import { draftView, empty, lookups } from "./demo/draft";
import { everything, importView } from "./demo/import";
import { group, looks, row } from "./demo/hosts";
import { form, inPlace, people, shareView, steps } from "./demo/share";
import { byService, editing, list, resting, running, setUp, wrongRule } from "./demo/shared";
import { detailOf, scene, waiting } from "./demo/scenes";

const unshared: ShareForm = { hostname: "", allow: [], session: "8h", port: "22", certificates: false };
const LOOK_UP_MS = 700;
const LOG_IN_MS = 3_000;

export function demo(name: string): Backend {
  let now = scene(name);
  let before = now.groups;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let toasts = 1;
  const ears = new Set<(snapshot: Snapshot) => void>();
  const asked: Request[] = [];
  // What page tests look at.
  Object.assign(window, { asked });

  function show(change: Partial<Snapshot>): void {
    now = { ...now, ...change, revision: now.revision + 1 };
    for (const hear of ears) hear(now);
  }

  /** Toasts go by themselves; those that offer to take something back stay longer. */
  function say(text: string, button: Button | null, undoable = false): Snapshot["toast"] {
    const id = ++toasts;
    setTimeout(() => now.toast?.id === id && show({ toast: null }), button ? 10_000 : 6_000);
    return { id, text, button, undoable };
  }

  function later(wait: number, act: () => void): void {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  }

  const all = (): Row[] => now.groups.flatMap(({ rows }) => rows);

  /** The groups, with every host that `which` names looking like `look`. */
  function changed(which: (row: Row, team: string) => boolean, look: Parameters<typeof row>[2]): Snapshot["groups"] {
    return now.groups.map((group) => ({ ...group, rows: group.rows.map((old) => (which(old, group.team) ? row(old.alias, old.hostname, look, { open: old.open, tag: old.tag }) : old)) }));
  }

  function logIn(alias: string): void {
    const team = now.groups.find(({ rows }) => rows.some((row) => row.alias === alias))?.team ?? "";
    show({ logIn: waiting(`Finish logging in to ${team}`, alias), groups: changed((row) => row.alias === alias, looks.loggingIn) });
    later(LOG_IN_MS, () => show({ logIn: null, groups: changed((row, of) => of === team && ["log-in", "cancel-log-in"].includes(row.button.act.kind === "send" ? row.button.act.request.kind : ""), looks.valid), spoken: `${alias} is ready until 17:42` }));
  }

  function openHost(alias: string): void {
    const group = now.groups.find(({ rows }) => rows.some((row) => row.alias === alias));
    const found = group?.rows.find((row) => row.alias === alias);
    if (group && found) show({ page: { kind: "host", alias }, detail: detailOf(found, group.team, group.identity) });
  }

  const takeBack: Button = { label: "Undo", act: { kind: "send", request: { kind: "undo" } } };

  function save(): void {
    const fields = now.draft;
    if (!fields?.canSave) return;
    const alias = fields.command.replace("ssh ", "");
    const rest = now.groups.map((group) => ({ ...group, rows: group.rows.filter((row) => row.alias !== fields.editing) }));
    const added = row(alias, fields.hostname, looks.neverUsed);
    const home = rest.find(({ team }) => team === "acme") ?? group("acme", null, "", []);
    const groups = [{ ...home, rows: [...home.rows, added].sort((a, b) => a.alias.localeCompare(b.alias)) }, ...rest.filter((group) => group !== home)].filter(({ rows }) => rows.length > 0);
    before = now.groups;
    const toast = fields.editing === null ? say(`${alias} added`, { label: "Copy command", act: { kind: "copy", text: `ssh ${alias}` } }, true) : say(`${alias} saved`, takeBack, true);
    show({ groups, hostCount: groups.flatMap(({ rows }) => rows).length, firstRun: null, draft: null, page: { kind: "hosts" }, toast });
  }

  function remove(alias: string): void {
    before = now.groups;
    const groups = now.groups.map((group) => ({ ...group, rows: group.rows.filter((row) => row.alias !== alias) })).filter(({ rows }) => rows.length > 0);
    show({ groups, hostCount: now.hostCount - 1, page: { kind: "hosts" }, detail: null, draft: null, toast: say(`${alias} removed`, takeBack, true) });
  }

  function imported(): Partial<Snapshot> {
    before = now.groups;
    const chosen = now.import?.rows.filter(({ place }) => now.import?.choice.entries.includes(place)) ?? [];
    const groups = [...now.groups, group("acme", null, "", chosen.map(({ name, hostname }) => row(name, hostname, looks.neverUsed)))];
    return { groups, hostCount: groups.flatMap(({ rows }) => rows).length, firstRun: null, toast: say(`${chosen.length} hosts imported`, takeBack, true) };
  }

  function edit(draft: Extract<Request, { kind: "edit-draft" }>["draft"]): void {
    const kept = now.draft ? { title: now.draft.title, editing: now.draft.editing, start: now.draft.start } : {};
    const host = draft.hostname.trim();
    const known = host.includes(".");
    show({ draft: draftView(draft, known ? lookups.running(host) : null, kept) });
    if (known) later(LOOK_UP_MS, () => show({ draft: draftView(draft, host.includes("77") ? lookups.noName(host) : lookups.found(), kept) }));
  }

  function open(alias: string | null): void {
    const old = all().find((row) => row.alias === alias);
    const fields = old ? { ...empty, hostname: old.hostname, name: old.alias, user: "ada.park" } : empty;
    show({ page: { kind: "draft" }, draft: draftView(fields, null, { start: fields, ...(alias === null ? {} : { title: `Edit ${alias}`, editing: alias, saveLabel: "Save" }) }) });
  }

  function hear(request: Request): void {
    switch (request.kind) {
      case "go":
        if (request.page.kind === "host") return openHost(request.page.alias);
        return show({ page: request.page, import: request.page.kind === "import" ? importView(everything) : null, share: request.page.kind === "share" ? (now.share ?? shareView(form(unshared, false))) : null });
      case "keep-api-token": return show({ share: shareView(form(unshared, false)) });
      case "edit-share": return show({ share: shareView(form(request.form, request.form.hostname.includes(".") && request.form.allow.length > 0)) });
      case "start-sharing":
        show({ share: shareView(steps(), "studio.acme.dev") });
        return later(LOG_IN_MS, () => show({ share: shareView(running), sharing: "On" }));
      case "call-off-sharing":
        clearTimeout(timer);
        return show({ share: shareView(inPlace()), toast: say("Stopped. Finished steps stay", null) });
      case "continue-sharing": return hear({ kind: "start-sharing" });
      case "undo-sharing": return show({ share: shareView(form(unshared, false)), toast: say("Stopped. Nothing is left at Cloudflare", null) });
      case "share-another": return show({ share: { ...shareView(form(unshared, false)), canGoBack: true } });
      case "open-share": return show({ share: request.name === null ? shareView(list) : { ...shareView(request.name === setUp.name ? setUp : running), canGoBack: true } });
      case "take-tunnel": return show({ share: { ...shareView({ ...running, name: request.name, title: "build", line: "Runs here since 12:30, by ~/.cloudflared/config.yml. Nothing of cloudflared's is changed.", invitation: null, visitors: [], service: null, stop: "Stop running it here" }), canGoBack: true }, sharing: "On" });
      case "disconnect": return show({ question: { title: "Disconnect jo@contractor.dev?", text: "The connection is cut off at once. Whoever may connect can do so again.", also: null, yes: "Disconnect" } });
      case "edit-people": return show({ share: { ...shareView(running), people: people() } });
      case "draft-people": return show({ share: { ...shareView(running), people: people(request.allow, request.session) } });
      case "save-people": return show({ share: shareView(running), toast: say("Saved. It counts at once", null) });
      case "close-people": return show({ share: shareView(running) });
      case "edit-rules": return show({ share: shareView(editing) });
      case "save-rules": return show({ share: shareView(request.rules.some(({ service }) => service.includes(" ")) ? wrongRule : running) });
      case "close-rules": return show({ share: shareView(running) });
      case "keep-awake": return show({ share: shareView({ ...running, keepAwake: request.on }) });
      case "answer-again": return show({ share: shareView(running), sharing: "On" });
      case "run-as-service": return show({ share: shareView(request.on ? byService : running), sharing: "On" });
      case "stop-sharing": return show({ question: scene("share-stop").question });
      case "answer": return show({ question: null, ...(request.yes ? { share: shareView(request.also ? form(unshared, false) : resting), sharing: "" } : {}) });
      case "choose-import": return show({ import: importView(request.choice) });
      case "import": return show({ page: { kind: "hosts" }, import: null, ...imported() });
      case "close-import": return show({ page: { kind: "hosts" }, import: null });
      case "open-draft": return open(request.alias);
      case "edit-draft": return edit(request.draft);
      case "close-draft": return show({ page: { kind: "hosts" }, draft: null });
      case "save-draft": return save();
      case "log-in": return logIn(request.alias);
      case "log-in-to-team": return logIn(now.groups.find(({ team }) => team === request.team)?.rows[0]?.alias ?? "");
      case "cancel-log-in":
        clearTimeout(timer);
        return show({ logIn: null, groups: changed((row) => row.mark.kind === "logging-in", looks.notLoggedIn) });
      case "hide-log-in": return show({ logIn: now.logIn && { ...now.logIn, visible: false } });
      case "show-log-in": return show({ logIn: now.logIn && { ...now.logIn, visible: true } });
      case "log-out": return show({ groups: changed((row) => row.alias === request.alias, looks.notLoggedIn), toast: say(`Logged out of ${request.alias}`, null) });
      case "remove-host": return remove(request.alias);
      case "undo": return show({ groups: before, hostCount: before.flatMap(({ rows }) => rows).length, toast: null });
      case "dismiss-toast": return show({ toast: null });
      default: return;
    }
  }

  return {
    async request(request) {
      asked.push(request);
      hear(request);
    },
    onSnapshot(hear) {
      ears.add(hear);
      hear(now);
      return () => void ears.delete(hear);
    },
  };
}
