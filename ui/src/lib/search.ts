// Finds hosts as a person types, and counts what they need.

import type { Group } from "../bindings/Group";
import type { MarkKind } from "../bindings/MarkKind";
import type { Row } from "../bindings/Row";

export type Need = "all" | "ready" | "login" | "problem";

const NEED: Record<MarkKind, Exclude<Need, "all">> = {
  valid: "ready",
  ready: "ready",
  ending: "ready",
  checking: "ready",
  "service-token": "ready",
  ended: "login",
  "not-logged-in": "login",
  "logging-in": "login",
  blocked: "problem",
  "not-behind-access": "problem",
  unreachable: "problem",
  "keychain-locked": "problem",
};

/** What a host needs before it can be used. */
export const need = (row: Row): Exclude<Need, "all"> => NEED[row.mark.kind];

/** The groups with only those hosts that match in name, hostname or team. */
export function matching(groups: Group[], text: string): Group[] {
  const words = text.trim().toLowerCase();
  if (!words) return groups;
  return narrowed(groups, (row, group) => [row.alias, row.hostname, group.team].some((s) => s.toLowerCase().includes(words)));
}

/** The groups with only those hosts that need `wanted`. */
export const needing = (groups: Group[], wanted: Need): Group[] =>
  wanted === "all" ? groups : narrowed(groups, (row) => need(row) === wanted);

function narrowed(groups: Group[], keep: (row: Row, group: Group) => boolean): Group[] {
  return groups
    .map((group) => ({ ...group, rows: group.rows.filter((row) => keep(row, group)) }))
    .filter((group) => group.rows.length > 0);
}

/** The name that was probably meant. */
export function nearest(groups: Group[], text: string): string | undefined {
  const typed = text.trim().toLowerCase();
  let best: string | undefined;
  let least = Math.floor(typed.length / 2);
  for (const { alias } of groups.flatMap((group) => group.rows)) {
    const name = alias.toLowerCase();
    const away = Math.min(distance(typed, name), distance(typed, name.slice(0, typed.length)));
    if (away <= least && (best === undefined || away < least)) [best, least] = [alias, away];
  }
  return best;
}

/** How many letters must change, be added, left out or change places. */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Infinity;
  for (let i = 1; i <= a.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const cost = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1), swapped ? at(i - 2, j - 2) + 1 : Infinity);
      rows[i]?.push(cost);
    }
  }
  return at(a.length, b.length);
}
