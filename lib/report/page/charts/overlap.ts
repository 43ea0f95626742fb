/**
 * Draws the bundled, system and user lists as circles, each as large as its list, that overlap by what the lists share.
 */
import { layout } from '@upsetjs/venn.js';

import type { Origin, ReportData } from '../../types.js';
import { countBy, drawInto } from './chart.js';
import { byId, certificates, element, number, plainTable } from '../dom.js';
import { exactOrigins } from '../filters.js';
import { originWords } from '../words.js';

interface Area {
  sets: string[];
  size: number;
}

/** Holds the longest words and a number of six digits. */
const LEGEND_WIDTH = 140;
const LEGEND_ROW = 18;

/** The user's own CAs and those of NODE_EXTRA_CA_CERTS form one group, since the user has added both. */
function groupsOf(origins: readonly Origin[]): string[] {
  return [...new Set(origins.map((origin) => (origin === 'extra' ? 'user' : origin)))].sort();
}

function groupWords(sets: readonly string[]): string {
  return sets.join() === 'user' ? 'user, extra' : sets.join();
}

function areasOf({ certificates: all }: ReportData): Area[] {
  const sizes = new Map<string, number>();
  for (const { origins } of all) {
    for (const sets of subsets(groupsOf(origins))) {
      sizes.set(sets.join('+'), (sizes.get(sets.join('+')) ?? 0) + 1);
    }
  }
  return [...sizes].map(([sets, size]) => ({ sets: sets.split('+'), size }));
}

function subsets(sets: readonly string[]): string[][] {
  return sets
    .reduce<string[][]>((known, set) => [...known, ...known.map((some) => [...some, set])], [[]])
    .filter((some) => some.length > 0);
}

export function showOverlap(data: ReportData, choose: (origin: string) => void): void {
  const areas = areasOf(data);
  const singles = areas.filter(({ sets }) => sets.length === 1);
  const words = singles
    .map(({ sets, size }) => `${groupWords(sets)} ${certificates(size)}`)
    .join(', ');
  if (areas.length > 0) {
    drawInto(byId('overlap'), `Overlapping circles: ${words}.`, (svg, width) => {
      const height = Math.min(260, width * 0.7);
      const perRow = Math.max(1, Math.floor(width / LEGEND_WIDTH));
      const legend = 8 + LEGEND_ROW * Math.ceil(singles.length / perRow);
      const parts = layout(areas, { width, height: height - legend, padding: 6 });
      for (const { data: area, circles } of parts) {
        const [circle] = circles;
        if (area.sets.length > 1 || circle === undefined) continue;
        svg
          .append('circle')
          .attr('class', `set ${area.sets.join()}`)
          .attr('cx', circle.x)
          .attr('cy', circle.y)
          .attr('r', circle.radius);
      }
      drawLegend(svg, singles, perRow, width / perRow, height - legend + 8);
      return height;
    });
  }
  byId('overlap-table').replaceChildren(overlapTable(data, choose));
  byId('overlap-table').closest('details')?.setAttribute('open', '');
}

function drawLegend(
  svg: Parameters<Parameters<typeof drawInto>[2]>[0],
  singles: readonly Area[],
  perRow: number,
  step: number,
  top: number,
): void {
  singles.forEach(({ sets, size }, index) => {
    const x = (index % perRow) * step;
    const y = top + Math.floor(index / perRow) * LEGEND_ROW;
    svg
      .append('rect')
      .attr('class', `set ${sets.join()}`)
      .attr('x', x + 1)
      .attr('y', y + 3)
      .attr('width', 12)
      .attr('height', 12);
    svg
      .append('text')
      .attr('x', x + 19)
      .attr('y', y + 13)
      .text(`${groupWords(sets)} ${number(size)}`);
  });
}

function overlapTable({ certificates: all }: ReportData, choose: (origin: string) => void): Node {
  const rows = countBy(all, exactOrigins).map(([exact, count]) => {
    const button = element(
      'button',
      {
        type: 'button',
        class: 'link',
        click: () => {
          choose(exact);
        },
      },
      originSetWords(exact),
    );
    return [button, number(count)];
  });
  return plainTable('Certificates by the lists they are in', ['In exactly', 'Number'], rows);
}

export function originSetWords(exact: string): string {
  const words = exact
    .slice(1)
    .split('+')
    .map((origin) => originWords[origin as Origin]);
  return words.length === 1 ? `${words.join()} only` : words.join(' and ');
}
