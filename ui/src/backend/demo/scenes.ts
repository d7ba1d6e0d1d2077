// The scenes that can be looked at: `#hosts`, `#first-run`, `#add-host-found` …

import type { DetailView } from "../../bindings/DetailView";
import type { LogInView } from "../../bindings/LogInView";
import type { ProblemView } from "../../bindings/ProblemView";
import type { Row } from "../../bindings/Row";
import type { Snapshot } from "../../bindings/Snapshot";
import { code } from "./code";
import { draftView, empty, lookups, readOnly } from "./draft";
import { everything, importView, nothingToImport } from "./import";
import { failed, form, inPlace, noToken, people, shareView, steps } from "./share";
import { byService, down, editing, list, lost, moved, resting, running, setUp, withCertificates, withoutService } from "./shared";
import { everyState, looks, manyHosts, nine, row } from "./hosts";

const base: Snapshot = {
  revision: 1,
  page: { kind: "hosts" },
  words: { platform: "linux", keychain: "your keyring", machine: "this computer", menubar: "system tray", browser: "Firefox" },
  foot: { icon: "expiring", line1: "6 of 9 ready", line2: "Next ends 12:39" },
  banner: null,
  groups: nine(),
  hostCount: 9,
  loaded: true,
  firstRun: null,
  draft: null,
  import: null,
  share: null,
  sharing: "",
  question: null,
  logIn: null,
  detail: null,
  toast: null,
  spoken: "",
};

export const link = "https://northwind.cloudflareaccess.com/cdn-cgi/access/cli?redirect_url=https%3A%2F%2Fetl.northwind.dev";

export function waiting(title: string, subtitle: string): LogInView {
  return {
    visible: true,
    title,
    subtitle,
    steps: [
      { state: "done", label: "Firefox opened", detail: "" },
      { state: "running", label: "Log in there", detail: "This window closes by itself when you are done." },
      { state: "todo", label: "Save the login in your keyring", detail: "" },
    ],
    link,
    code: code(),
    codeFirst: false,
    worksUntil: "12:35",
    worksUntilMs: Date.now() + 272_000,
    outcome: null,
  };
}

const northwind = () => waiting("Finish logging in to northwind", "etl-notebook and 1 other host");

const blocked: ProblemView = {
  cause: "blocked",
  title: "acme does not let you into legacy-hr.",
  why: "You are logged in as ada.park@acme.dev, but no rule of this application allows that address.",
  next: "An acme admin can add one.",
  buttons: [{ label: "Log in as someone else", act: { kind: "send", request: { kind: "log-in", alias: "legacy-hr" } } }],
  details: "legacy-hr.acme.dev\nRay ID 8f2c41d09b7e3a55",
};

const notAssigned: ProblemView = {
  cause: "identity-provider",
  title: "northwind did not log you in.",
  why: "Its login page answered: not assigned to this application.",
  next: "",
  buttons: [
    { label: "Try again", act: { kind: "send", request: { kind: "retry-log-in" } } },
    { label: "Copy details", act: { kind: "copy", text: "etl.northwind.dev\nnot assigned to this application" } },
    { label: "Close", act: { kind: "send", request: { kind: "hide-log-in" } } },
  ],
  details: "etl.northwind.dev\nnot assigned to this application",
};

export function detailOf(row: Row, team: string, identity: string | null): DetailView {
  const inside = row.canLogOut;
  return {
    row,
    headline: inside ? `Logged in until 17:42, ${row.line2}` : `${row.line1}. ${row.line2}`,
    login: [
      { label: "You", value: inside ? (identity ?? "Known after you log in") : "Known after you log in" },
      { label: "Team", value: team },
      { label: "Application", value: inside ? "Build machines" : "Known after you log in" },
      ...(inside ? [{ label: "Ends", value: "Today 17:42" }, { label: "Renews until", value: "Wed 08:58, then asks again" }] : []),
    ],
    connection: [
      { label: "Command", value: row.command },
      { label: "Hostname", value: row.hostname },
      { label: "User", value: "ada.park" },
      { label: "Port", value: "22" },
    ],
    lines: [`Host ${row.alias}`, `  HostName ${row.hostname}`, "  User ada.park", '  ProxyCommand "/usr/lib/sallyport/bin/sallyport" access ssh --hostname %h'],
    file: "~/.ssh/config",
    problem: row.mark.kind === "blocked" ? blocked : null,
  };
}

const draft = (host: string, view: Parameters<typeof draftView>[1], more: Parameters<typeof draftView>[2] = {}): Partial<Snapshot> => {
  const fields = { ...empty, hostname: host };
  return { page: { kind: "draft" }, draft: draftView(fields, view, { start: fields, ...more }) };
};

const host = (alias: string): Partial<Snapshot> => {
  const group = base.groups.find(({ rows }) => rows.some((row) => row.alias === alias));
  const row = group?.rows.find((row) => row.alias === alias);
  return row && group ? { page: { kind: "host", alias }, detail: detailOf(row, group.team, group.identity) } : {};
};

const locked = (): Snapshot["groups"] => nine().map((group) => ({ ...group, line: "", tone: "plain", act: null, rows: group.rows.map((old) => row(old.alias, old.hostname, looks.keychainLocked)) }));

const gpu = "gpu-lab-07.acme.dev";

const scenes: Record<string, () => Partial<Snapshot>> = {
  hosts: () => ({}),
  "first-run": () => ({ groups: [], hostCount: 0, firstRun: { import: "From ~/.ssh/config entries that use cloudflared", found: "5 found", importFirst: false, checks: [{ fine: true, label: "OpenSSH 9.8", button: null }, { fine: true, label: "Keyring ready", button: null }, { fine: true, label: "Firefox opens for logins", button: null }], foot: "Nothing on this computer has been changed yet." }, foot: { icon: "none", line1: "No hosts yet", line2: "" } }),
  "no-hosts": () => ({ groups: [], hostCount: 0, foot: { icon: "none", line1: "No hosts yet", line2: "" } }),
  import: () => ({ groups: [], hostCount: 0, page: { kind: "import" }, import: importView(everything), foot: { icon: "none", line1: "No hosts yet", line2: "" } }),
  "import-changes": () => ({ groups: [], hostCount: 0, page: { kind: "import" }, import: importView({ ...everything, changes: true }), foot: { icon: "none", line1: "No hosts yet", line2: "" } }),
  "import-none": () => ({ page: { kind: "import" }, import: nothingToImport }),
  loading: () => ({ groups: [], hostCount: 0, loaded: false, foot: { icon: "none", line1: "Reading your hosts", line2: "" } }),
  states: () => ({ groups: everyState(), hostCount: 14 }),
  many: () => ({ groups: manyHosts(), hostCount: 512, foot: { icon: "valid", line1: "401 of 512 ready", line2: "Next ends 16:15" } }),
  "keychain-locked": () => ({
    groups: locked(),
    foot: { icon: "expired", line1: "Keychain locked", line2: "Unlock it to see logins" },
    banner: { tone: "warn", mark: "keychain", title: "Your keyring is locked.", why: "Logins are safe but cannot be read until you unlock it.", buttons: [{ label: "Unlock…", act: { kind: "send", request: { kind: "unlock" } } }] },
  }),
  "no-keyring": () => ({ banner: { tone: "warn", mark: "keychain", title: "No keyring is running.", why: "Logins cannot be saved. Start GNOME Keyring or KWallet, or use an encrypted file.", buttons: [{ label: "Use a file…", act: { kind: "send", request: { kind: "use-file-vault" } } }] } }),
  offline: () => ({ banner: { tone: "warn", mark: "network", title: "You are offline.", why: "Logins keep their time. Connecting needs a network.", buttons: [{ label: "Try now", act: { kind: "send", request: { kind: "refresh" } } }] } }),
  "add-host": () => draft("", null),
  "add-host-looking-up": () => draft(gpu, lookups.running(gpu)),
  "add-host-found": () => draft(gpu, lookups.found()),
  "add-host-no-name": () => draft("gpu-lab-77.acme.dev", lookups.noName("gpu-lab-77.acme.dev")),
  "add-host-not-behind-access": () => draft("www.acme.dev", lookups.open()),
  "add-host-refused": () => draft(gpu, lookups.refused()),
  "add-host-read-only": () => draft(gpu, lookups.found(), { problem: readOnly }),
  "edit-host": () => {
    const fields = { ...empty, hostname: "db-primary.acme.dev", name: "db-primary", user: "deploy", port: "22" };
    const kept = (text: string) => ({ kind: "context" as const, text });
    return {
      page: { kind: "draft" },
      draft: draftView(fields, lookups.found(), {
        title: "Edit db-primary", editing: "db-primary", start: fields, saveLabel: "Save", foot: "",
        preview: { file: "~/.ssh/config", summary: "1 line changed", lines: [kept("Host db-primary"), kept("  HostName db-primary.acme.dev"), { kind: "removed", text: "  User ada.park" }, { kind: "added", text: "  User deploy" }, kept('  ProxyCommand "/usr/lib/sallyport/bin/sallyport" access ssh --hostname %h')] },
      }),
    };
  },
  "logging-in": () => ({ logIn: northwind() }),
  "logging-in-starting": () => ({ logIn: { ...northwind(), link: null, code: null, worksUntil: "", worksUntilMs: null, steps: [{ state: "running", label: "Opening Firefox", detail: "" }, { state: "todo", label: "Log in there", detail: "" }, { state: "todo", label: "Save the login in your keyring", detail: "" }] } }),
  "logging-in-no-browser": () => ({
    logIn: { ...northwind(), codeFirst: true, steps: [{ state: "warning", label: "No browser opened.", detail: "Copy the link and open it on any device, or scan the code." }, { state: "running", label: "Log in there", detail: "This window closes by itself when you are done." }, { state: "todo", label: "Save the login in your keyring", detail: "" }] },
  }),
  "logging-in-refused": () => ({ logIn: { ...northwind(), outcome: { problem: notAssigned } } }),
  "share-no-token": () => ({ page: { kind: "share" }, share: shareView(noToken) }),
  "share-form": () => ({ page: { kind: "share" }, share: shareView(form({ hostname: "studio.acme.dev", allow: ["ada.park@acme.dev", "group:Platform", "jo@contractor.dev"], session: "8h", port: "22", certificates: true }, true)) }),
  "share-obstacle": () => ({ page: { kind: "share" }, share: shareView(form({ hostname: "studio.acme.dev", allow: ["everyone"], session: "8h", port: "22", certificates: false }, false)) }),
  "share-progress": () => ({ page: { kind: "share" }, share: shareView(steps(), "studio.acme.dev") }),
  "share-failed": () => ({ page: { kind: "share" }, share: { ...shareView(failed(), "studio.acme.dev"), problem: { cause: "share-rights", title: "The API token may not do all that sharing takes.", why: "It lacks: Zone, DNS, Edit.", next: "Make one that may, then try again.", buttons: [], details: "Problem: share-rights" } } }),
  "share-in-place": () => ({ page: { kind: "share" }, share: shareView(inPlace()) }),
  "share-running": () => ({ page: { kind: "share" }, sharing: "On", foot: { icon: "sharing", line1: "6 of 9 ready", line2: "Next ends 12:39" }, share: shareView(running) }),
  "share-certificates": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(withCertificates) }),
  "share-lost": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(lost) }),
  "share-down": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(down) }),
  "share-moved": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(moved) }),
  "share-rules": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(editing) }),
  "share-people": () => ({ page: { kind: "share" }, sharing: "On", share: { ...shareView(running), people: people(["ada.park@acme.dev", "group:Platform", "@partner.dev"], "24h") } }),
  "share-list": () => ({ page: { kind: "share" }, sharing: "2 on", share: shareView(list) }),
  "share-found": () => ({ page: { kind: "share" }, share: { ...shareView(setUp), canGoBack: true } }),
  "share-service": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(byService) }),
  "share-no-service": () => ({ page: { kind: "share" }, share: shareView(withoutService), sharing: "On" }),
  "share-resting": () => ({ page: { kind: "share" }, share: shareView(resting) }),
  "share-stop": () => ({ page: { kind: "share" }, sharing: "On", share: shareView(running), question: { title: "Stop sharing studio.acme.dev?", text: "1 person is connected and will be cut off.", also: "Also remove the tunnel, the application and the DNS record", yes: "Stop sharing" } }),
  detail: () => host("build-01"),
  "detail-ending": () => host("azure"),
  "detail-not-logged-in": () => host("warehouse"),
  blocked: () => host("legacy-hr"),
  toast: () => ({ toast: { id: 1, text: "azure removed", button: { label: "Undo", act: { kind: "send", request: { kind: "undo" } } }, undoable: true } }),
};

export const sceneNames = Object.keys(scenes);

export const scene = (name: string): Snapshot => ({ ...base, ...(scenes[name] ?? scenes.hosts)?.() });
