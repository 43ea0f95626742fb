/**
 * Draws keys and signatures as bars.
 */
import { max } from 'd3-array';
import { scaleBand, scaleLinear } from 'd3-scale';

import type { ReportCertificate, ReportData } from '../../types.js';
import { countBy, drawInto } from './chart.js';
import type { Drawing } from './chart.js';
import { byId, number, plainTable } from '../dom.js';

interface Bar {
  label: string;
  count: number;
  weak: number;
}

const MOST = 9;
const ROW = 24;
/** The height of a label above its bar. */
const LABEL = 16;

function barsOf(
  certificates: readonly ReportCertificate[],
  labelOf: (certificate: ReportCertificate) => string,
  isWeak: (certificate: ReportCertificate) => boolean,
): Bar[] {
  const weak = new Map(countBy(certificates.filter(isWeak), labelOf));
  return countBy(certificates, labelOf).map(([label, count]) => ({
    label,
    count,
    weak: weak.get(label) ?? 0,
  }));
}

function showBars(id: string, head: string, bars: readonly Bar[]): void {
  const shown = bars.slice(0, MOST);
  const rest = bars
    .slice(MOST)
    .reduce(
      (sum, { count, weak }) => ({ ...sum, count: sum.count + count, weak: sum.weak + weak }),
      { label: 'others', count: 0, weak: 0 },
    );
  const drawn = rest.count > 0 ? [...shown, rest] : shown;
  const words = drawn.map(({ label, count }) => `${label} ${number(count)}`).join(', ');
  drawInto(byId(id), `Bars: ${words}.`, (svg, width) => drawBars(svg, width, drawn));
  byId(`${id}-table`).replaceChildren(
    plainTable(
      `Certificates by ${head.toLowerCase()}`,
      [head, 'Number', 'Weak'],
      bars.map(({ label, count, weak }) => [label, number(count), number(weak)]),
    ),
  );
}

function drawBars(svg: Drawing, width: number, bars: readonly Bar[]): number {
  const longest = (max(bars, ({ label }) => label.length) ?? 0) * 7.2 + 14;
  // Beside their bars where there is room, else above them: a label is never cut.
  const above = longest > width * 0.45;
  const height = bars.length * (above ? ROW + LABEL : ROW) + 8;
  const left = above ? 0 : longest;
  const y = scaleBand(
    bars.map(({ label }) => label),
    [0, height - 8],
  ).padding(0.25);
  const x = scaleLinear([0, max(bars, ({ count }) => count) ?? 1], [0, width - left - 110]);
  for (const { label, count, weak } of bars) {
    const place = y(label) ?? 0;
    const top = above ? place + LABEL : place;
    const thick = above ? y.bandwidth() - LABEL : y.bandwidth();
    svg
      .append('text')
      .attr('x', above ? 0 : left - 8)
      .attr('y', above ? place + LABEL / 2 : top + thick / 2)
      .attr('text-anchor', above ? 'start' : 'end')
      .attr('dominant-baseline', 'central')
      .text(label);
    const part = (from: number, to: number, kind: string): void => {
      if (from === to) return;
      svg
        .append('rect')
        .attr('class', kind)
        .attr('x', left + x(from))
        .attr('y', top)
        .attr('width', Math.max(1, x(to) - x(from)))
        .attr('height', thick);
    };
    part(0, count - weak, 'used');
    part(count - weak, count, 'weak');
    svg
      .append('text')
      .attr('x', left + Math.max(1, x(count)) + 6)
      .attr('y', top + thick / 2)
      .attr('dominant-baseline', 'central')
      .text(weak > 0 ? `${number(count)} (${number(weak)} weak)` : number(count));
  }
  return height;
}

export function showStrength({ certificates }: ReportData): void {
  showBars(
    'keys',
    'Key',
    barsOf(
      certificates,
      ({ key }) => key,
      ({ shortKey }) => shortKey === true,
    ),
  );
  showBars(
    'signatures',
    'Signature',
    barsOf(
      certificates,
      ({ signature }) => signature,
      ({ brokenSignature }) => brokenSignature === true,
    ),
  );
}
