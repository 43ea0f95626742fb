/** Compares what a program printed, without what differs in any two runs. */
const varying = [
  [/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, '<clock>'],
  [/\b\d+(\.\d+)? ?(ms|s|µs|seconds)\b/g, '<time>'],
  // jest prints it for a test that takes a millisecond or more.
  [/ \(<time>\)/g, ''],
  // Yarn prints it for a step that takes long.
  [/ in <time> <time>/g, ''],
  // pnpm prints it for work that takes long.
  [/^Progress: (?!.*done$).*\n/gm, ''],
  [/\b(duration_ms:? )\d+(\.\d+)?/g, '$1<time>'],
  // Node names its process in warnings.
  [/\(node:\d+\)/g, '(node:<pid>)'],
  [/\b(127\.0\.0\.1|localhost):\d{4,5}\b/g, '$1:<port>'],
];

export function normalised({ exit, stdout, stderr }) {
  const clean = (text) =>
    varying.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
  return { exit, stdout: clean(stdout), stderr: clean(stderr) };
}

const shownLines = 6;

/** Returns the first lines that only one of two texts has at that place. */
function firstDifference(stock, injected) {
  const [a, b] = [stock.split('\n'), injected.split('\n')];
  const at = a.findIndex((line, index) => line !== b[index]);
  const from = at === -1 ? a.length : at;
  const shown = (name, lines) =>
    lines.slice(from, from + shownLines).map((line) => `    ${name} ${line}`);
  return [...shown('stock   ', a), ...shown('injected', b)].join('\n');
}

/** Says how an injected run differs from a stock one; undefined when it does not. */
export function difference(stock, injected) {
  const found = [];
  if (stock.exit !== injected.exit) {
    found.push(`ended with ${injected.exit}, stock with ${stock.exit}`);
  }
  for (const stream of ['stdout', 'stderr']) {
    if (stock[stream] === injected[stream]) continue;
    found.push(`${stream} differs\n${firstDifference(stock[stream], injected[stream])}`);
  }
  return found.length > 0 ? found.join('; ') : undefined;
}
