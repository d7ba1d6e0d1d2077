// Sharing in the scenes.

import type { ProblemView } from "../../bindings/ProblemView";
import type { SharePeopleEdit } from "../../bindings/SharePeopleEdit";
import type { ShareForm } from "../../bindings/ShareForm";
import type { ShareStage } from "../../bindings/ShareStage";
import type { ShareStep } from "../../bindings/ShareStep";
import type { ShareView } from "../../bindings/ShareView";
import { called } from "../../lib/whom";

export const shareView = (stage: ShareStage, hostname = ""): ShareView => ({ title: "Share this computer", hostname, stage, problem: null, canEditPeople: stage.kind === "running" || stage.kind === "resting", people: null, canGoBack: false, canShareAnother: stage.kind === "running" || stage.kind === "resting" || stage.kind === "list" });

export const noToken: ShareStage = {
  kind: "token",
  text: "Share this computer's SSH server under a name such as studio.acme.dev. People log in with your team's rules; no port is opened.",
  permissions: ["Account, Cloudflare Tunnel, Edit", "Account, Access: Apps and Policies, Edit", "Account, Access: Apps and Policies, Revoke", "Account, Access: Organizations, Identity Providers, and Groups, Read", "Zone, Zone, Read", "Zone, DNS, Edit"],
  kept: "Kept in your keyring, and sent to nobody but Cloudflare.",
  saving: false,
  canLeave: false,
};

const step = (name: string, label: string, detail: string, place = "Cloudflare", state: ShareStep["state"] = "todo"): ShareStep => ({ name, label, detail, place, state, took: "", canUndo: false });

const plan = (certificates: boolean): ShareStep[] => [
  step("policy", "Say who may connect", "the group Platform, ada.park@acme.dev, jo@contractor.dev may enter"),
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

const sessions = [{ value: "30m", label: "30 minutes" }, { value: "8h", label: "8 hours" }, { value: "24h", label: "1 day" }, { value: "168h", label: "1 week" }];

const MAY = ["ada.park@acme.dev", "group:Platform", "jo@contractor.dev"];

/** Who may connect, while that is being changed. */
export function people(allow = MAY, session = "8h"): SharePeopleEdit {
  const changes = [...allow.filter((whom) => !MAY.includes(whom)).map((whom) => `${called(whom)} may connect.`), ...MAY.filter((whom) => !allow.includes(whom)).map((whom) => `${called(whom)} may not any more.`), ...(session === "8h" ? [] : [`They log in again every ${session}, not every 8 hours.`])];
  const allowError = allow.length === 0 ? "Add at least one person, group or domain." : null;
  return { title: "studio.acme.dev", reading: false, allow: MAY, session, sessions, groups, faults: [], allowError, others: "1 more rule was made at Cloudflare, and stays.", changes, canSave: changes.length > 0 && allowError === null, saving: false, problem: null };
}

export const groups = ["Contractors", "Platform", "Platform, Lisbon"];

export function form(start: ShareForm, planned: boolean): ShareStage {
  const faults = start.allow.filter((whom) => !whom.includes("@") && !groups.some((name) => whom === `group:${name}`));
  const typed = start.hostname.trim() !== "";
  const missing = typed && start.allow.length === 0 ? "Add at least one person, group or domain." : null;
  return {
    kind: "form",
    start,
    hint: planned ? `People run ssh ${start.hostname}` : "",
    hostnameError: typed && !start.hostname.includes(".") ? `${start.hostname} is not a hostname such as studio.acme.dev.` : null,
    faults,
    allowError: faults.length > 0 ? `${faults[0]} is neither an e-mail address nor a domain such as @acme.dev.` : missing,
    groups,
    portError: null,
    sessions,
    again: false,
    plan: planned && faults.length === 0 ? plan(start.certificates) : [],
    looking: false,
    warning: null,
    obstacle: faults.length > 0 ? lacks : null,
    foot: planned ? "People log in to team acme." : "",
    canShare: planned && faults.length === 0,
    inPlace: null,
  };
}

/** Stopped on the way: what is in place stays. */
export function inPlace(): ShareStage {
  const stage = form({ hostname: "studio.acme.dev", allow: MAY, session: "8h", port: "22", certificates: true }, true);
  if (stage.kind !== "form") return stage;
  return { ...stage, plan: stage.plan.map((step, i) => ({ ...step, state: i < 5 ? "done" : "todo" })), foot: "", canShare: false, inPlace: { name: "studio.acme.dev", line: "5 steps are in place" } };
}

/** The record was refused. */
export function failed(): ShareStage {
  const stage = steps();
  if (stage.kind !== "progress") return stage;
  const states: ShareStep["state"][] = ["done", "done", "done", "done", "done", "todo", "failed"];
  return { ...stage, title: "Stopped at step 7 of 9", steps: plan(true).map((step, i) => ({ ...step, state: states[i] ?? "todo", took: TOOK[i] ?? "", canUndo: i === 4 })), foot: "Finished steps stay until you go on or undo them.", canCallOff: false, isOver: true, goOn: "Try again" };
}

const TOOK = ["0.6 s", "1.1 s", "0.9 s", "0.8 s", "0.4 s"];

export function steps(): ShareStage {
  const states: ShareStep["state"][] = ["done", "done", "done", "done", "done", "running"];
  return {
    kind: "progress",
    name: "studio.acme.dev",
    title: "Step 6 of 9",
    note: "",
    link: null,
    done: 5,
    all: 9,
    steps: plan(true).map((step, i) => ({ ...step, state: states[i] ?? "todo", took: TOOK[i] ?? "", canUndo: i === 4 })),
    foot: "If you stop now, finished steps stay unless you undo them.",
    canCallOff: true,
    canUndo: true,
    isOver: false,
    goOn: null,
  };
}
