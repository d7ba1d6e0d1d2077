// What can be done with one host, as menu entries; the list and the host's own page offer the same.

import type { Platform } from "../bindings/Platform";
import type { Row } from "../bindings/Row";
import type { MenuItem } from "../parts/Menu.svelte";
import type { Send } from "./backend";
import { copy } from "./copy";
import { shown } from "./keys";

export interface HostActs {
  send: Send;
  platform: Platform;
  /** Removes at once, or asks first if sessions are open. */
  remove: (row: Row) => void;
}

/** Whether the row's button only opens the host's details, where it has nothing to say. */
export const leadsToDetail = ({ button }: Row): boolean => button.act.kind === "send" && button.act.request.kind === "go";

/** Whether `Log in again` says something that the row's button does not. */
export const offersAgain = ({ button, canLogOut }: Row): boolean => canLogOut && !(button.act.kind === "send" && button.act.request.kind === "log-in");

export function hostMenu(row: Row, { send, platform, remove }: HostActs): MenuItem[] {
  const mac = platform === "macos";
  const alias = row.alias;
  const items: MenuItem[] = [
    { label: "Copy command", key: shown("C", platform), run: () => void copy(row.command) },
    { label: "Copy hostname", key: mac ? "⇧⌘C" : "Ctrl Shift C", run: () => void copy(row.hostname) },
  ];
  if (row.canLogOut) {
    items.push(
      { label: "Log in again", apart: true, run: () => void send({ kind: "log-in", alias }) },
      { label: "Log out", run: () => void send({ kind: "log-out", alias }) },
    );
  } else if (row.mark.kind !== "logging-in") {
    items.push({ label: "Log in", apart: true, key: mac ? "⌘↩" : "Ctrl Enter", run: () => void send({ kind: "log-in", alias }) });
  }
  items.push(
    { label: "Edit…", apart: true, key: mac ? "⌘E" : "F2", run: () => void send({ kind: "open-draft", alias }) },
    { label: "Remove…", apart: true, danger: true, key: mac ? "⌫" : "Del", run: () => remove(row) },
  );
  return items;
}
