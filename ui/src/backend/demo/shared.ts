// What is shared in the scenes: running, in trouble, resting, and found.

import type { ProblemView } from "../../bindings/ProblemView";
import type { ShareStage } from "../../bindings/ShareStage";

const events: [string, string, "plain" | "ok" | "warn"][] = [
  ["12:24", "Connection 4 is back in ams03, over HTTP/2", "plain"],
  ["12:23", "Connection 4 lost: no answer over QUIC. Trying again", "warn"],
  ["11:58", "jo@contractor.dev connected", "plain"],
  ["10:31", "ada.park@acme.dev disconnected after 12 min", "plain"],
  ["10:19", "ada.park@acme.dev connected", "plain"],
  ["09:12", "studio.acme.dev leads to this machine", "ok"],
  ["09:12", "All 4 connections up", "ok"],
  ["09:12", "Connection 1 is up in lhr01, over QUIC", "plain"],
];

const links: [string, string, string, string, string][] = [
  ["London", "lhr01", "QUIC", "3 h 18 min", "9 ms"],
  ["Amsterdam", "ams07", "QUIC", "3 h 18 min", "16 ms"],
  ["London", "lhr11", "QUIC", "3 h 18 min", "9 ms"],
  ["Amsterdam", "ams03", "HTTP/2", "6 min", "17 ms"],
];

const rules = [
  { number: 1, hostname: "studio.acme.dev", path: "any", service: "ssh://127.0.0.1:22" },
  { number: 2, hostname: "Everything else", path: "any", service: "http_status:404" },
];

export const running: Extract<ShareStage, { kind: "running" }> = {
  kind: "running",
  name: "studio.acme.dev",
  title: "studio.acme.dev",
  line: "Shared since 09:12. 2 people and 1 group may connect.",
  invitation: "You can reach studio.acme.dev by SSH.",
  troubles: [],
  count: "4 of 4",
  tone: "plain",
  againAt: null,
  links: links.map(([place, location, protocol, upFor, roundTrip], i) => ({ number: i + 1, place, location, protocol, upFor, roundTrip })),
  visitors: [{ id: 7, who: "jo@contractor.dev", since: "Since 11:58, 32 min" }],
  rules,
  canEditRules: true,
  editing: null,
  sshd: null,
  again: true,
  keepAwake: false,
  sleep: "Sharing pauses while this computer sleeps.",
  service: { on: false, busy: false, help: "Runs as a service when you log in.", problem: null },
  events: events.map(([time, text, tone]) => ({ time, text, tone })),
  log: events.map(([time, text]) => `${time} ${text}\n`).join(""),
  stopping: false,
  stop: "Stop sharing",
};

export const byService: ShareStage = {
  kind: "resting",
  name: "studio.acme.dev",
  title: "studio.acme.dev is shared.",
  text: "Runs as a service. Quitting Sallyport does not stop it.",
  button: null,
  starting: false,
  canStop: true,
  rules: [],
  again: true,
  service: { on: true, busy: false, help: "Runs as a service. Quitting Sallyport does not stop it.", problem: null },
};

export const withoutService: ShareStage = {
  ...running,
  service: { on: false, busy: false, help: "Runs as a service when you log in.", problem: { cause: "misuse", title: "The service could not be set up.", why: "Neither systemd, nor OpenRC, nor launchd runs here; let what starts programs on this machine run: sallyport share run.", next: "", buttons: [], details: "Problem: misuse" } },
};

export const withCertificates: ShareStage = {
  ...running,
  sshd: "echo 'ecdsa-sha2-nistp256 AAAAE2Vj… open-ssh-ca@cloudflareaccess.org' > /etc/ssh/ca.pub\n# at the top of /etc/ssh/sshd_config, before any Include or Match:\nPubkeyAuthentication yes\nTrustedUserCAKeys /etc/ssh/ca.pub\n# then: sshd -t && systemctl reload ssh\n",
};

const trouble = (cause: string, title: string, why: string, next: string, buttons: ProblemView["buttons"]): ProblemView => ({ cause, title, why, next, buttons, details: `Problem: ${cause}` });

export const lost: ShareStage = {
  ...running,
  count: "Not reachable.",
  tone: "danger",
  againAt: Date.now() + 8_000,
  troubles: [trouble("tunnel-lost", "Not reachable.", "The edge was silent for 3 seconds (QUIC).", "Something blocks outgoing port 7844.", [{ label: "Use HTTP/2", act: { kind: "send", request: { kind: "use-http2", name: "studio.acme.dev" } } }])],
  links: running.links.map(({ number }) => ({ number, place: "", location: "–", protocol: "", upFor: "Trying again", roundTrip: "" })),
  visitors: [],
};

export const down: ShareStage = {
  ...running,
  troubles: [trouble("server-down", "The SSH server on this computer stopped answering.", "Cannot reach 127.0.0.1:22: Connection refused (os error 111).", "People see an error until it is back.", [{ label: "Start it", act: { kind: "send", request: { kind: "start-server" } } }])],
};

export const moved: ShareStage = {
  ...running,
  troubles: [trouble("name-lost", "studio.acme.dev points somewhere else now.", "Its DNS record leads to 203.0.113.7.", "Nobody reaches this machine by it.", [{ label: "Point it here", act: { kind: "send", request: { kind: "point-here", name: "studio.acme.dev" } } }, { label: "Stop sharing", act: { kind: "send", request: { kind: "stop-sharing", name: "studio.acme.dev" } } }])],
};

export const editing: Extract<ShareStage, { kind: "running" }> = {
  ...running,
  editing: { rows: [{ from: 0, hostname: "studio.acme.dev", path: "", service: "ssh://127.0.0.1:22" }, { from: 1, hostname: "files.acme.dev", path: "^/public/", service: "http://127.0.0.1:8080" }, { from: 2, hostname: "", path: "", service: "http_status:404" }], saving: false, problem: null },
};

export const wrongRule: ShareStage = {
  ...editing,
  editing: editing.editing && { ...editing.editing, problem: trouble("rules-wrong", "Rule 2 cannot be used.", "carrier pigeon is no service.", "Write one such as ssh://127.0.0.1:22 or http_status:404.", []) },
};

export const resting: Extract<ShareStage, { kind: "resting" }> = {
  kind: "resting",
  name: "studio.acme.dev",
  title: "studio.acme.dev is shared, but does not answer.",
  text: "Its address and its rules are in place. People who try see an error until it answers again.",
  button: { label: "Answer again", act: { kind: "send", request: { kind: "answer-again", name: "studio.acme.dev" } } },
  starting: false,
  canStop: true,
  rules: [],
  again: false,
  service: { on: false, busy: false, help: "Runs as a service when you log in.", problem: null },
};

const BUILD = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
const runIt = { label: "Run it here", act: { kind: "send" as const, request: { kind: "take-tunnel" as const, name: BUILD } } };

export const setUp: Extract<ShareStage, { kind: "resting" }> = {
  ...resting,
  name: BUILD,
  title: "build is set up for cloudflared.",
  text: "~/.cloudflared/config.yml says what it serves. Sallyport can run it in place of cloudflared, or beside it: both answer then. Nothing of cloudflared's is changed or deleted.",
  button: runIt,
  service: null,
  canStop: false,
  rules: [{ number: 1, hostname: "build.acme.dev", path: "any", service: "ssh://localhost:22" }, { number: 2, hostname: "files.acme.dev", path: "^/public/", service: "http://localhost:8080" }, { number: 3, hostname: "Everything else", path: "any", service: "http_status:404" }],
};

export const list: ShareStage = {
  kind: "list",
  shares: [
    { name: "db.acme.dev", title: "db.acme.dev", line: "Does not answer", tone: "idle", button: { label: "Answer again", act: { kind: "send", request: { kind: "answer-again", name: "db.acme.dev" } } } },
    { name: "gpu.acme.dev", title: "gpu.acme.dev", line: "Shared since 10:02, 3 of 4 connections", tone: "warn", button: null },
    { name: "studio.acme.dev", title: "studio.acme.dev", line: "Shared since 09:12, 4 of 4 connections, 1 stream open", tone: "ok", button: null },
  ],
  found: [
    { name: BUILD, title: "build", line: "build.acme.dev and 1 more, by ~/.cloudflared/config.yml", tone: "idle", button: runIt },
    { name: "old", title: "old.acme.dev", line: "No credentials of tunnel 0b1c… in /etc/cloudflared", tone: "warn", button: null },
  ],
};
