/**
 * Finds files of dist/ that programs can never reach: modules that are joined into index.js and other files, and types that
 * no public type mentions. Unit tests need them, users do not.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const RELATIVE_MODULE = /["'](\.\.?\/[^"']+\.m?js)["']/g;

/** Every file that package.json names, for any purpose. */
function entryPoints(value) {
  if (typeof value === 'string') return [path.normalize(value)];
  return Object.values(value).flatMap(entryPoints);
}

const toTypes = (file) => file.replace(/\.(m?)js$/, '.d.$1ts');

function reachable(root, entries) {
  const found = new Set();
  const queue = [...entries];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (found.has(file) || !existsSync(path.join(root, file))) continue;
    found.add(file);
    const resolve = file.endsWith('ts') ? toTypes : (module) => module;
    for (const [, module] of readFileSync(path.join(root, file), 'utf8').matchAll(
      RELATIVE_MODULE,
    )) {
      queue.push(resolve(path.join(path.dirname(file), module)));
    }
  }
  return found;
}

/** npm leaves out what a folder's .npmignore names, whatever `files` in package.json says. */
export function writeIgnoreFile(root) {
  const { exports, bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const shipped = reachable(root, entryPoints({ exports, bin }));
  const dist = path.join(root, 'dist');
  const unshipped = readdirSync(dist, { recursive: true })
    .filter((file) => /\.m?[jt]s$/.test(file))
    .filter((file) => !shipped.has(path.join('dist', file)))
    .map((file) => `/${file.replaceAll(path.sep, '/')}\n`);
  writeFileSync(path.join(dist, '.npmignore'), unshipped.sort().join(''));
}
