// Sharing in the scenes.

import type { ProblemView } from "../../bindings/ProblemView";
import type { ShareForm } from "../../bindings/ShareForm";
import type { ShareStage } from "../../bindings/ShareStage";
import type { ShareStep } from "../../bindings/ShareStep";
import type { ShareView } from "../../bindings/ShareView";

export const shareView = (stage: ShareStage, hostname = ""): ShareView => ({ title: "Share this computer", hostname, stage, problem: null, canGoBack: false, canShareAnother: stage.kind === "running" || stage.kind === "resting" || stage.kind === "list" });

export const noToken: ShareStage = {
  kind: "token",
  text: "Share this computer's SSH server under a name such as studio.acme.dev. People log in with your team's rules; no port is opened.",
  permissions: ["Account, Cloudflare Tunnel, Edit", "Account, Access: Apps and Policies, Edit", "Account, Access: Organizations, Identity Providers, and Groups, Read", "Zone, Zone, Read", "Zone, DNS, Edit"],
  kept: "Kept in your keyring, and sent to nobody but Cloudflare.",
  saving: false,
  canLeave: false,
};

const step = (name: string, label: string, detail: string, place = "Cloudflare", state: ShareStep["state"] = "todo"): ShareStep => ({ name, label, detail, place, state });

const plan = (certificates: boolean): ShareStep[] => [
  step("policy", "Say who may connect", "ada.park@acme.dev, everybody at acme.dev, jo@contractor.dev may enter"),
  step("application", "Create an Access application", "studio.acme.dev asks for a log-in to acme, which is good for 8h"),
  ...(certificates ? [step("certificate-authority", "Create a certificate authority", "Signs short-lived SSH certificates")] : []),
  step("tunnel", "Create a tunnel", "studio.acme.dev, in the account Acme"),
  step("rules", "Lead it to the SSH server", "studio.acme.dev leads to ssh://127.0.0.1:22, all else to nothing"),
  step("connector", "Run the tunnel", "This machine's end of the tunnel", "This computer"),
  step("dns-record", "Point the address at it", "studio.acme.dev leads to the tunnel"),
  step("gate", "See that a login is asked for", "From outside, studio.acme.dev asks for that log-in", "This computer"),
  step("proof", "See that ssh gets through", "After a log-in, the SSH server answers", "This computer"),
];

const lacks: ProblemView = {
  cause: "share-rights",
  title: "The API token may not do all that sharing takes.",
  why: "It lacks: Zone, DNS, Edit.",
  next: "Make one that may, then use it here.",
  buttons: [
    { label: "Make a token…", act: { kind: "send", request: { kind: "open-api-token-page" } } },
    { label: "Use another token…", act: { kind: "send", request: { kind: "change-api-token", change: true } } },
    { label: "Look again", act: { kind: "send", request: { kind: "plan-share-again" } } },
  ],
  details: "Problem: share-rights",
};

export function form(start: ShareForm, planned: boolean): ShareStage {
  const faults = start.allow.filter((whom) => !whom.includes("@"));
  const typed = start.hostname.trim() !== "";
  const missing = typed && start.allow.length === 0 ? "Add at least one person or domain." : null;
  return {
    kind: "form",
    start,
    hint: planned ? `People run ssh ${start.hostname}` : "",
    hostnameError: typed && !start.hostname.includes(".") ? `${start.hostname} is not a hostname such as studio.acme.dev.` : null,
    faults,
    allowError: faults.length > 0 ? `${faults[0]} is neither an e-mail address nor a domain such as @acme.dev.` : missing,
    portError: null,
    sessions: [{ value: "30m", label: "30 minutes" }, { value: "8h", label: "8 hours" }, { value: "24h", label: "1 day" }, { value: "168h", label: "1 week" }],
    again: false,
    plan: planned && faults.length === 0 ? plan(start.certificates) : [],
    looking: false,
    warning: null,
    obstacle: faults.length > 0 ? lacks : null,
    foot: planned ? "People log in to team acme." : "",
    canShare: planned && faults.length === 0,
  };
}

export function steps(): ShareStage {
  const states: ShareStep["state"][] = ["done", "done", "done", "done", "done", "running"];
  return {
    kind: "progress",
    title: "Step 6 of 9",
    note: "",
    link: null,
    done: 5,
    all: 9,
    steps: plan(true).map((step, i) => ({ ...step, state: states[i] ?? "todo" })),
    foot: "If you stop now, what was made is taken away again.",
    canCallOff: true,
    isOver: false,
    canRetry: false,
  };
}

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
  line: "Shared since 09:12. 2 people and 1 domain may connect.",
  invitation: "You can reach studio.acme.dev by SSH.",
  troubles: [],
  count: "4 of 4",
  tone: "plain",
  againAt: null,
  links: links.map(([place, location, protocol, upFor, roundTrip], i) => ({ number: i + 1, place, location, protocol, upFor, roundTrip })),
  visitors: [{ id: 7, who: "jo@contractor.dev", since: "Since 11:58, 32 min" }],
  rules,
  sshd: null,
  again: true,
  events: events.map(([time, text, tone]) => ({ time, text, tone })),
  log: events.map(([time, text]) => `${time} ${text}\n`).join(""),
  stopping: false,
  stop: "Stop sharing",
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
};

const BUILD = "6ff42ae2-765d-4adf-8112-31c55c1551ef";
const runIt = { label: "Run it here", act: { kind: "send" as const, request: { kind: "take-tunnel" as const, name: BUILD } } };

export const setUp: Extract<ShareStage, { kind: "resting" }> = {
  ...resting,
  name: BUILD,
  title: "build is set up for cloudflared.",
  text: "~/.cloudflared/config.yml says what it serves. Sallyport can run it in place of cloudflared, or beside it: both answer then. Nothing of cloudflared's is changed or deleted.",
  button: runIt,
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
