/**
 * Fits rows into a width: columns shrink first, then dispensable columns are dropped.
 */
import { pad, textWidth, truncate } from './text.js';

export interface Column<Row> {
  title: string;
  text: (row: Row) => string;
  /** Colours a cell after it has been measured and padded. */
  style?: (cell: string, row: Row) => string;
  align?: 'left' | 'right';
  /** The smallest width the column may shrink to. When absent, the column never shrinks. */
  shrinkTo?: number;
  /** Dropped when shrinking is not enough; the column with the highest number goes first. */
  dispensable?: number;
}

interface Placed<Row> {
  column: Column<Row>;
  width: number;
}

const gap = 2;

function overflow<Row>(placed: readonly Placed<Row>[], width: number): number {
  const total = placed.reduce((sum, { width: own }) => sum + own + gap, -gap);
  return Math.max(0, total - width);
}

function shrink<Row>(placed: readonly Placed<Row>[], width: number): Placed<Row>[] {
  let missing = overflow(placed, width);
  // Later columns shrink first, because the beginning of a row says what it is about.
  return [...placed]
    .reverse()
    .map(({ column, width: own }) => {
      const spare = Math.max(0, own - (column.shrinkTo ?? own));
      const taken = Math.min(spare, missing);
      missing -= taken;
      return { column, width: own - taken };
    })
    .reverse();
}

function place<Row>(natural: readonly Placed<Row>[], width: number): Placed<Row>[] {
  const shrunk = shrink(natural, width);
  if (overflow(shrunk, width) === 0) return shrunk;
  const rank = Math.max(...natural.map(({ column }) => column.dispensable ?? 0));
  if (rank > 0) {
    return place(
      natural.filter(({ column }) => (column.dispensable ?? 0) !== rank),
      width,
    );
  }
  const [first, ...rest] = shrunk;
  // A column that never shrinks holds text to copy, so the terminal wraps it.
  if (first?.column.shrinkTo === undefined) return shrunk;
  return [{ ...first, width: Math.max(1, first.width - overflow(shrunk, width)) }, ...rest];
}

export interface TableOptions<Row> {
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  /** Nothing is cut when it is Infinity. */
  width: number;
  heading: (line: string) => string;
}

/** Rows for programs: whole cells with tabs between them, heading first. Cells are safe text, so they hold no tab. */
export function renderRows<Row>({
  columns,
  rows,
}: Pick<TableOptions<Row>, 'columns' | 'rows'>): string {
  const lines = rows.map((row) => columns.map((column) => column.text(row)).join('\t'));
  const heading = columns.map(({ title }) => title).join('\t');
  return [heading, ...lines].map((line) => `${line}\n`).join('');
}

/** The lines of a table, heading first, each with its line feed. */
export function renderTable<Row>({ columns, rows, width, heading }: TableOptions<Row>): string {
  const cells = new Map(columns.map((column) => [column, rows.map((row) => column.text(row))]));
  const natural = columns.map((column) => ({
    column,
    width: (cells.get(column) ?? []).reduce(
      (widest, cell) => Math.max(widest, textWidth(cell)),
      textWidth(column.title),
    ),
  }));
  const placed = place(natural, width);
  const line = (cell: (column: Column<Row>) => string, style?: Row): string =>
    placed
      .map(({ column, width: own }, index) => {
        const text = truncate(cell(column), own);
        const last = index === placed.length - 1 && column.align !== 'right';
        const padded = last ? text : pad(text, own, column.align);
        return style !== undefined && column.style ? column.style(padded, style) : padded;
      })
      .join(' '.repeat(gap));
  const body = rows.map((row, index) => line((column) => cells.get(column)?.[index] ?? '', row));
  return [heading(line((column) => column.title)), ...body].map((text) => `${text}\n`).join('');
}
