// The host form, as the program would answer it.

import type { Draft } from "../../bindings/Draft";
import type { DraftView } from "../../bindings/DraftView";
import type { LookupView } from "../../bindings/LookupView";
import type { ProblemView } from "../../bindings/ProblemView";

export const empty: Draft = { hostname: "", name: "", user: "", port: "", certificate: false, machine: false, clientId: "", clientSecret: "" };

const look = (view: Partial<LookupView>): LookupView => ({ running: false, tone: "plain", title: "", text: "", rows: [], buttons: [], ...view });

export const lookups = {
  running: (host: string) => look({ running: true, title: `Looking up ${host}…` }),
  found: () =>
    look({
      tone: "ok",
      title: "Behind Cloudflare Access",
      rows: [
        { label: "Application", value: "GPU lab, team acme" },
        { label: "You", value: "ada.park@acme.dev" },
        { label: "Login", value: "Not needed until Wed 08:58" },
      ],
    }),
  noName: (host: string) => look({ tone: "danger", title: "No such name.", text: `${host} has no DNS record. Did you mean gpu-lab-07.acme.dev?`, buttons: [{ label: "Use it", act: { kind: "send", request: { kind: "edit-draft", draft: { ...empty, hostname: "gpu-lab-07.acme.dev" } } } }] }),
  open: () => look({ tone: "warn", title: "Not behind Access.", text: "The name answers, but nothing asks for a login. Plain ssh may already work." }),
  refused: () => look({ tone: "danger", title: "acme refuses this computer before login.", text: "The rule may want WARP, a country or a device check.", buttons: [{ label: "Copy details", act: { kind: "copy", text: "Ray ID 8f2c41d09b7e3a55" } }] }),
};

export function draftView(fields: Draft, lookup: LookupView | null, more: Partial<DraftView> = {}): DraftView {
  const hostname = fields.hostname.trim().replace(/^\w+:\/\//, "").replace(/^.*@/, "").replace(/\/.*$/, "");
  const suggested = hostname.split(".")[0] ?? "";
  const alias = fields.name || suggested;
  const bad = /[\s*]/.test(alias);
  const lines = [`Host ${alias}`, `  HostName ${hostname}`, `  User ${fields.user || "ada.park"}`, ...(fields.port && fields.port !== "22" ? [`  Port ${fields.port}`] : []), '  ProxyCommand "/usr/lib/sallyport/bin/sallyport" access ssh --hostname %h'];
  const usable = hostname.includes(".") && !bad;
  return {
    title: "Add host",
    editing: null,
    start: empty,
    hostname,
    suggestedName: suggested,
    suggestedUser: "ada.park",
    errors: bad ? [{ field: "name", text: "Names cannot contain spaces or *" }] : [],
    lookup,
    preview: usable
      ? {
          file: "~/.ssh/config",
          summary: `${lines.length} lines added`,
          lines: [{ kind: "context", text: "Host db-primary" }, { kind: "gap", text: "" }, { kind: "context", text: "" }, ...lines.map((text) => ({ kind: "added" as const, text }))],
        }
      : null,
    command: usable ? `ssh ${alias}` : "",
    foot: usable ? "A copy of ~/.ssh/config is kept." : "",
    problem: null,
    canSave: usable && lookup?.running !== true,
    saveLabel: lookup?.tone === "danger" || lookup?.tone === "warn" ? "Add anyway" : "Add host",
    saving: false,
    ...more,
  };
}

export const readOnly: ProblemView = {
  cause: "config-read-only",
  title: "~/.ssh/config is read-only.",
  why: "Another program may manage it.",
  next: "Copy the lines instead, or change its permissions.",
  buttons: [
    { label: "Copy lines", act: { kind: "copy", text: "Host gpu-lab-07" } },
    { label: "Try again", act: { kind: "send", request: { kind: "save-draft" } } },
  ],
  details: "",
};
