// Names of key presses, with the platform's own modifier.

import type { Platform } from "../bindings/Platform";

/** `mod+shift+c`, `alt+enter`, `f2`: `mod` is ⌘ on macOS, Ctrl elsewhere; the other one of the two is `meta` or `ctrl`. */
export function chord(event: KeyboardEvent, platform: Platform): string {
  const mac = platform === "macos";
  const names = [
    (mac ? event.metaKey : event.ctrlKey) && "mod",
    mac ? event.ctrlKey && "ctrl" : event.metaKey && "meta",
    event.altKey && "alt",
    event.shiftKey && "shift",
    event.key === " " ? "space" : event.key.toLowerCase(),
  ];
  return names.filter(Boolean).join("+");
}

/** How a shortcut with the platform's modifier is shown. */
export const shown = (letter: string, platform: Platform): string => (platform === "macos" ? `⌘${letter}` : `Ctrl ${letter}`);

/** Whether the focus is in a field that takes the keys itself. */
export const typing = (event: KeyboardEvent): boolean => event.target instanceof HTMLInputElement && event.target.type !== "radio";
