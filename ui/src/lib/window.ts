// Which rows of a long list must be drawn: those in view and a few around them.

import type { Group } from "../bindings/Group";

/** Lists up to this length are drawn whole. */
export const WHOLE = 120;
const SPARE = 8;

/** Heights in pixels. */
export interface Heights {
  row: number;
  firstHead: number;
  head: number;
}

export interface Span {
  /** First and one past the last row to draw. */
  from: number;
  to: number;
  /** Where the group's header begins. */
  top: number;
}

/** What of each group to draw, with `count(group)` rows unfolded, while `top` to `top + height` is in view. */
export function spans(groups: Group[], count: (group: Group) => number, heights: Heights, top: number, height: number): Span[] {
  let y = 0;
  return groups.map((group, i) => {
    const rows = count(group);
    const start = y;
    const body = y + (i === 0 ? heights.firstHead : heights.head);
    y = body + rows * heights.row;
    const clamp = (n: number) => Math.max(0, Math.min(rows, n));
    return {
      from: clamp(Math.floor((top - body) / heights.row) - SPARE),
      to: clamp(Math.ceil((top + height - body) / heights.row) + SPARE),
      top: start,
    };
  });
}
