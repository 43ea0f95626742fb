/**
 * Draws the years in which validity ends, with used and left-out certificates apart.
 */
import { max } from 'd3-array';
import { axisBottom, axisLeft } from 'd3-axis';
import { scaleBand, scaleLinear } from 'd3-scale';

import type { ReportData } from '../../types.js';
import { drawInto } from './chart.js';
import type { Drawing } from './chart.js';
import { byId, number, plainTable } from '../dom.js';

interface Year {
  label: string;
  used: number;
  leftOut: number;
}

const YEARS_BEFORE = 5;
const YEARS_AFTER = 24;

function yearsOf({ certificates, generated }: ReportData): Year[] {
  const thisYear = new Date(generated).getUTCFullYear();
  const [first, last] = [thisYear - YEARS_BEFORE, thisYear + YEARS_AFTER];
  const years = new Map<number, Year>();
  for (let year = first; year <= last; year++) {
    const label = year === first ? `≤${year}` : year === last ? `≥${year}` : String(year);
    years.set(year, { label, used: 0, leftOut: 0 });
  }
  for (const { to, verdict } of certificates) {
    if (to === null) continue;
    const year = Math.min(last, Math.max(first, new Date(to).getUTCFullYear()));
    const entry = years.get(year);
    if (entry) entry[verdict === 'left-out' ? 'leftOut' : 'used']++;
  }
  return [...years.values()];
}

export function showExpiry(data: ReportData): void {
  const years = yearsOf(data);
  const thisYear = String(new Date(data.generated).getUTCFullYear());
  const expired = data.certificates.filter(({ to }) => to !== null && to < data.generated).length;
  const words = `Bars by year from ${years[0]?.label ?? ''} to ${years.at(-1)?.label ?? ''}; ${number(expired)} have expired.`;
  drawInto(byId('expiry'), words, (svg, width) => drawYears(svg, width, years, thisYear));
  const shown = years.filter(({ used, leftOut }) => used + leftOut > 0);
  byId('expiry-table').replaceChildren(
    plainTable(
      'Certificates by the year their validity ends',
      ['Year', 'Used', 'Left out'],
      shown.map(({ label, used, leftOut }) => [label, number(used), number(leftOut)]),
    ),
  );
}

function drawYears(svg: Drawing, width: number, years: readonly Year[], thisYear: string): number {
  const [height, left, bottom, top] = [240, 46, 46, 22];
  const x = scaleBand(
    years.map(({ label }) => label),
    [left, width],
  ).padding(0.15);
  const highest = max(years, ({ used, leftOut }) => used + leftOut) ?? 0;
  const y = scaleLinear([0, Math.max(1, highest)], [height - bottom, top]).nice();
  svg
    .append('g')
    .attr('class', 'axis grid')
    .attr('transform', `translate(${left},0)`)
    .call(
      axisLeft(y)
        .ticks(Math.min(5, highest))
        .tickFormat(number as (value: unknown) => string)
        .tickSize(-(width - left)),
    );
  const every = Math.ceil(40 / x.step());
  const ticks = years.filter((_, i) => i % every === 0).map(({ label }) => label);
  svg
    .append('g')
    .attr('class', 'axis')
    .attr('transform', `translate(0,${height - bottom})`)
    .call(axisBottom(x).tickValues(ticks).tickSizeOuter(0));
  const bar = (from: number, to: number, kind: string, { label }: Year): void => {
    if (from === to) return;
    svg
      .append('rect')
      .attr('class', kind)
      .attr('x', x(label) ?? 0)
      .attr('width', x.bandwidth())
      .attr('y', y(to))
      .attr('height', y(from) - y(to))
      .append('title')
      .text(`${label}: ${number(to - from)} ${kind === 'used' ? 'used' : 'left out'}`);
  };
  for (const year of years) {
    bar(0, year.used, 'used', year);
    bar(year.used, year.used + year.leftOut, 'left-out', year);
  }
  drawNow(svg, (x(thisYear) ?? 0) + x.bandwidth() / 2, top, height - bottom);
  drawKey(svg, left, height);
  return height;
}

function drawNow(svg: Drawing, x: number, top: number, bottom: number): void {
  svg
    .append('line')
    .attr('class', 'now')
    .attr('x1', x)
    .attr('x2', x)
    .attr('y1', top - 6)
    .attr('y2', bottom);
  svg
    .append('text')
    .attr('x', x)
    .attr('y', top - 10)
    .attr('text-anchor', 'middle')
    .text('now');
}

function drawKey(svg: Drawing, left: number, height: number): void {
  [
    ['used', 'used'],
    ['left-out', 'left out'],
  ].forEach(([kind = '', words = ''], index) => {
    const x = left + index * 80;
    svg
      .append('rect')
      .attr('class', kind)
      .attr('x', x)
      .attr('y', height - 14)
      .attr('width', 12)
      .attr('height', 12);
    svg
      .append('text')
      .attr('x', x + 18)
      .attr('y', height - 4)
      .text(words);
  });
}
