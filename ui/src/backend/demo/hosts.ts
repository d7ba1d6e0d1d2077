// Hosts to look at: one moment of a Tuesday, 12:30.

import type { Group } from "../../bindings/Group";
import type { MarkKind } from "../../bindings/MarkKind";
import type { Row } from "../../bindings/Row";
import type { Tone } from "../../bindings/Tone";

interface Look {
  kind: MarkKind;
  line1: string;
  line2: string;
  left?: number;
  tone?: Tone;
  button?: "Connect" | "Log in" | "Cancel" | "Details" | "Unlock";
}

export const looks = {
  valid: { kind: "valid", line1: "Until 17:42", line2: "5 h 12 min left", left: 0.65 },
  shorter: { kind: "valid", line1: "Until 16:15", line2: "3 h 45 min left", left: 0.47 },
  ready: { kind: "ready", line1: "Ready", line2: "Logs in as you connect" },
  ending: { kind: "ending", line1: "Ends 12:39", line2: "9 min left", left: 0.12, tone: "warn" },
  ended: { kind: "ended", line1: "Ended 09:10", line2: "3 h 20 min ago", tone: "idle", button: "Log in" },
  notLoggedIn: { kind: "not-logged-in", line1: "Not logged in", line2: "Last used 2 Mar", tone: "idle", button: "Log in" },
  neverUsed: { kind: "not-logged-in", line1: "Not logged in", line2: "Never used", tone: "idle", button: "Log in" },
  loggingIn: { kind: "logging-in", line1: "Logging in…", line2: "Waiting for Firefox", tone: "idle", button: "Cancel" },
  checking: { kind: "checking", line1: "Checking…", line2: "", tone: "idle" },
  serviceToken: { kind: "service-token", line1: "Service token", line2: "Until 3 Mar 2027" },
  blocked: { kind: "blocked", line1: "Blocked by policy", line2: "Ask an acme admin", tone: "danger", button: "Details" },
  notBehindAccess: { kind: "not-behind-access", line1: "Not behind Access", line2: "Plain ssh, no login", tone: "warn", button: "Details" },
  unreachable: { kind: "unreachable", line1: "Cannot be reached", line2: "No DNS record", tone: "danger", button: "Details" },
  keychainLocked: { kind: "keychain-locked", line1: "Keychain locked", line2: "Until 17:42 when last read", tone: "idle", button: "Unlock" },
} satisfies Record<string, Look>;

export function row(alias: string, hostname: string, look: Look, more: Partial<Row> = {}): Row {
  const label = look.button ?? "Connect";
  const request = {
    Connect: { kind: "connect", alias },
    "Log in": { kind: "log-in", alias },
    Cancel: { kind: "cancel-log-in" },
    Details: { kind: "go", page: { kind: "host", alias } },
    Unlock: { kind: "unlock" },
  } as const;
  return {
    alias,
    hostname,
    mark: { kind: look.kind, left: look.left ?? null },
    line1: look.line1,
    line2: look.line2,
    tone: look.tone ?? "plain",
    button: { label, act: { kind: "send", request: request[label] } },
    open: 0,
    tag: null,
    command: `ssh ${alias}`,
    canLogOut: look.kind === "valid" || look.kind === "ready" || look.kind === "ending",
    spoken: `${alias}, ${hostname}, ${look.line1}, ${look.line2}`,
    ...more,
  };
}

export function group(team: string, identity: string | null, line: string, rows: Row[], tone: Tone = "plain", act?: string): Group {
  return { team, title: team || "Not looked up yet", identity, line, tone, act: act ? { label: act, request: { kind: "log-in-to-team", team } } : null, rows };
}

export const nine = (): Group[] => [
  group("acme", "ada.park@acme.dev", "Renews by itself until Wed 08:58", [
    row("build-01", "build-01.acme.dev", looks.valid, { open: 2 }),
    row("db-primary", "db-primary.acme.dev", looks.shorter),
    row("gpu-lab-03", "gpu-lab-03.acme.dev", looks.ready),
    row("ci-runner", "ci-runner.acme.dev", looks.serviceToken),
    row("legacy-hr", "legacy-hr.acme.dev", looks.blocked),
  ]),
  group("widgetcorp", "a.park@widgetcorp.tech", "Ends 12:39, in 9 min", [
    row("azure", "azure.widgetcorp.tech", looks.ending, { open: 1 }),
    row("staging", "staging.widgetcorp.tech", looks.ending),
  ], "warn", "Log in again"),
  group("northwind", "ada@northwind.dev", "Login ended 09:10", [
    row("etl-notebook", "etl.northwind.dev", looks.ended),
    row("warehouse", "warehouse.northwind.dev", looks.notLoggedIn),
  ], "plain", "Log in"),
];

const names: Record<string, keyof typeof looks> = {
  "build-01": "valid", "gpu-lab-03": "ready", azure: "ending", "etl-notebook": "ended", warehouse: "notLoggedIn", metrics: "loggingIn", "edge-02": "checking",
  "ci-runner": "serviceToken", "legacy-hr": "blocked", "old-jump": "notBehindAccess", "db-replica": "unreachable", vault: "keychainLocked",
};

export const everyState = (): Group[] => [
  group("acme", "ada.park@acme.dev", "Renews by itself until Wed 08:58", [
    ...Object.entries(names).map(([alias, look]) => row(alias, `${alias}.acme.dev`, looks[look])),
    row("practice", "practice.sallyport.test", { ...looks.valid, line2: "Practice, no network" }, { tag: "Practice" }),
    row("a-machine-with-a-very-long-name-in-the-basement-of-building-seven", "a-machine-with-a-very-long-name-in-the-basement-of-building-seven.department.example.acme.dev", looks.neverUsed, { open: 12 }),
  ]),
];

export function manyHosts(): Group[] {
  const teams = [["acme", 388], ["northwind", 96], ["widgetcorp", 28]] as const;
  const kinds = ["gpu-lab", "build", "db", "edge", "web"];
  return teams.map(([team, count], t) => {
    const look = (i: number) => (t === 1 ? looks.notLoggedIn : i % 41 === 7 ? looks.blocked : i % 5 === 3 ? looks.valid : looks.ready);
    const rows = Array.from({ length: count }, (_, i) => {
      const alias = `${kinds[i % kinds.length]}-${String(t)}${String(Math.floor(i / kinds.length)).padStart(2, "0")}`;
      return row(alias, `${alias}.${team}.dev`, look(i));
    }).sort((a, b) => a.alias.localeCompare(b.alias));
    return group(team, `ada@${team}.dev`, t === 1 ? "Login ended 09:10" : "Renews by itself until Wed 08:58", rows, "plain", t === 1 ? "Log in" : undefined);
  });
}
