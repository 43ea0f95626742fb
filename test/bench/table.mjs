/**
 * Prints figures as Markdown, one figure a row and one contender a column.
 */
const columns = ['ours', 'bare', 'node', 'system-ca', 'empty'];
const titles = { bare: 'bare C++ loop', node: "Node's own", empty: 'nothing' };

function format(value) {
  if (value === undefined || Number.isNaN(value)) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en');
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4);
}

function cell(summary) {
  if (!summary || summary.median === undefined) return '–';
  const { min, median } = summary;
  return min === median ? format(median) : `${format(min)} / ${format(median)}`;
}

function ratioCell(figures, name) {
  const other = figures[name];
  const { ours } = figures;
  if (!other || !ours || name === 'empty' || !(ours.median > 0)) return '';
  const factor = name === 'bare' ? ours.median / other.median : other.median / ours.median;
  return ` (${factor.toFixed(factor >= 10 ? 0 : 1)} ×)`;
}

/** `results`: `{ title, unit, target, met, figures }`. */
export function toMarkdown(results) {
  const used = columns.filter((name) => results.some(({ figures }) => figures[name]));
  const heading = ['what', 'unit', ...used.map((name) => titles[name] ?? name), 'target', 'met'];
  const lines = results.map(({ title, unit, target, met, figures, ratio }) => [
    title,
    unit,
    ...used.map((name) =>
      name === 'ours' || !ratio
        ? cell(figures[name])
        : cell(figures[name]) + ratioCell(figures, name),
    ),
    target ?? '',
    met ?? '',
  ]);
  return [heading, heading.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
