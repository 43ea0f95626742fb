/**
 * What all drawings share: they fill their place, and are drawn again when its size changes.
 */
import { select } from 'd3-selection';
import type { Selection } from 'd3-selection';

export type Drawing = Selection<SVGSVGElement, unknown, null, undefined>;

/** @param words - describes the drawing for readers who cannot see it; its numbers are in the table below it */
export function drawInto(
  place: HTMLElement,
  words: string,
  draw: (svg: Drawing, width: number) => number,
): void {
  let drawn = 0;
  const redraw = (): void => {
    const width = Math.floor(place.clientWidth);
    if (width === drawn || width === 0) return;
    drawn = width;
    const svg = select(document.createElementNS('http://www.w3.org/2000/svg', 'svg'))
      .attr('role', 'img')
      .attr('aria-label', words);
    const height = draw(svg, width);
    svg.attr('width', width).attr('height', height).attr('viewBox', `0 0 ${width} ${height}`);
    const node = svg.node();
    if (node) place.replaceChildren(node);
  };
  redraw();
  new ResizeObserver(redraw).observe(place);
}

/** Counts the items of each group, larger groups first. */
export function countBy<Item>(
  items: readonly Item[],
  groupOf: (item: Item) => string,
): [string, number][] {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(groupOf(item), (counts.get(groupOf(item)) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}
