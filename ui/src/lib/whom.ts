// Who may connect, as it is written: an e-mail address, a domain with an `@` before it, or a group with `group:` before it.

/** What stands before the name of a group. */
export const GROUP = "group:";

/** As people call it. */
export const called = (whom: string): string => (whom.startsWith(GROUP) ? `${whom.slice(GROUP.length)} group` : whom);

/** All that stands in what was typed. A name of a group may have blanks in it; addresses have none. */
export function whomIn(typed: string, groups: string[]): string[] {
  const whole = typed.trim();
  const written = whole.toLowerCase().startsWith(GROUP) ? whole.slice(GROUP.length).trim() : whole;
  const group = groups.find((name) => name.toLowerCase() === written.toLowerCase());
  if (group !== undefined) return [GROUP + group];
  if (written !== whole) return written === "" ? [] : [GROUP + written];
  return whole.includes("@") ? whole.split(/[\s,;]+/) : [whole.replace(/[,;]+$/, "")];
}
