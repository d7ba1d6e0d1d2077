// The keys of the host list, as a table.

import type { Group } from "../bindings/Group";
import type { Platform } from "../bindings/Platform";
import type { Request } from "../bindings/Request";
import type { Row } from "../bindings/Row";
import { copy } from "./copy";
import { chord } from "./keys";

/** A line of the list: a team's header, or one of its hosts. */
export interface Item {
  id: string;
  group: Group;
  row?: Row;
}

export interface Place {
  send: (request: Request) => void;
  platform: () => Platform;
  items: () => Item[];
  at: () => number;
  moveTo: (index: number) => void;
  /** Lines to move by for Page Up and Page Down. */
  page: () => number;
  grid: () => HTMLElement;
  open: (group: Group) => boolean;
  fold: (group: Group, folded: boolean) => void;
  remove: (row: Row) => void;
  menu: (row: Row) => void;
}

const PAUSE_MS = 700;

export function listKeys(place: Place): (event: KeyboardEvent) => void {
  let typed = "";
  let typedAt = 0;

  /** Goes to the next host whose name begins with what was typed. */
  function jump(letter: string, now: number): void {
    typed = now - typedAt > PAUSE_MS ? letter : typed + letter;
    typedAt = now;
    const items = place.items();
    const from = place.at() + (typed.length === 1 ? 1 : 0);
    const order = items.map((_, i) => (i + from) % items.length);
    const hit = order.find((i) => items[i]?.row?.alias.toLowerCase().startsWith(typed));
    if (hit !== undefined) place.moveTo(hit);
  }

  return (event) => {
    if (event.target !== place.grid()) return inControls(event, place);
    const item = place.items()[place.at()];
    const name = chord(event, place.platform());
    const act = moves(place)[name] ?? (item?.row ? rowActs(place, item.row)[name] : item && headActs(place, item.group)[name]);
    if (act) {
      event.preventDefault();
      act();
    } else if (name.length === 1) {
      event.preventDefault();
      jump(name, event.timeStamp);
    }
  };
}

type Acts = Record<string, () => void>;

const moves = (place: Place): Acts => ({
  arrowdown: () => place.moveTo(place.at() + 1),
  arrowup: () => place.moveTo(place.at() - 1),
  pagedown: () => place.moveTo(place.at() + place.page()),
  pageup: () => place.moveTo(place.at() - place.page()),
  home: () => place.moveTo(0),
  end: () => place.moveTo(Infinity),
});

function rowActs(place: Place, row: Row): Acts {
  const { alias } = row;
  const detail = () => place.send({ kind: "go", page: { kind: "host", alias } });
  const edit = () => place.send({ kind: "open-draft", alias });
  const menu = () => place.menu(row);
  const remove = () => place.remove(row);
  const copyCommand = () => {
    if (getSelection()?.isCollapsed !== false) void copy(row.command);
  };
  const mac = place.platform() === "macos";
  return {
    enter: () => enter(row, place.send),
    "mod+enter": () => place.send({ kind: "log-in", alias }),
    space: detail,
    arrowright: () => controls(place.grid())[0]?.focus(),
    "mod+c": copyCommand,
    "mod+shift+c": () => void copy(row.hostname),
    "shift+f10": menu,
    contextmenu: menu,
    ...(mac
      ? { "mod+i": detail, "mod+e": edit, "ctrl+enter": menu, backspace: remove }
      : { "alt+enter": detail, f2: edit, delete: remove }),
  };
}

/** Presses the row's button; but what is under way is shown, not cancelled. */
export function enter(row: Row, send: Place["send"]): void {
  if (row.mark.kind === "logging-in") send({ kind: "show-log-in" });
  else if (row.button.act.kind === "send") send(row.button.act.request);
  else void copy(row.button.act.text);
}

const headActs = (place: Place, group: Group): Acts => ({
  arrowleft: () => place.fold(group, true),
  arrowright: () => (place.open(group) ? controls(place.grid())[0]?.focus() : place.fold(group, false)),
  enter: () => place.fold(group, place.open(group)),
  space: () => place.fold(group, place.open(group)),
});

/** The buttons of the active line. */
function controls(grid: HTMLElement): HTMLElement[] {
  const id = grid.getAttribute("aria-activedescendant");
  return [...((id && document.getElementById(id)?.querySelectorAll<HTMLElement>("button")) || [])];
}

function inControls(event: KeyboardEvent, place: Place): void {
  const row = event.target instanceof Element ? event.target.closest("[data-index]") : null;
  const buttons = [...(row?.querySelectorAll<HTMLElement>("button") ?? [])];
  const now = buttons.findIndex((button) => button === event.target);
  const back = event.key === "Escape" || (event.key === "ArrowLeft" && now === 0);
  const next = event.key === "ArrowRight" ? buttons[now + 1] : event.key === "ArrowLeft" ? buttons[now - 1] : undefined;
  const leave = event.key === "ArrowDown" || event.key === "ArrowUp";
  if (!back && !next && !leave) return;
  event.preventDefault();
  event.stopPropagation();
  if (next) return next.focus();
  place.grid().focus();
  if (leave) place.moveTo(place.at() + (event.key === "ArrowDown" ? 1 : -1));
}
