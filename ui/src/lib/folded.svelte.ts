// Which groups are folded, remembered between starts.

const KEY = "folded";

function remembered(): string[] {
  const found: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
  return Array.isArray(found) ? found.filter((team) => typeof team === "string") : [];
}

let teams = $state.raw<string[]>(remembered());

export const isFolded = (team: string): boolean => teams.includes(team);

export function fold(team: string, folded: boolean): void {
  teams = folded ? [...teams.filter((other) => other !== team), team] : teams.filter((other) => other !== team);
  localStorage.setItem(KEY, JSON.stringify(teams));
}
