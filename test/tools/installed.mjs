/** The built package as a program finds it after `npm install`: by its name, from the folders below `folder`. */
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Copies what this checkout built to `folder`/node_modules; its dependencies lie within, so that they meet no others. */
export function placeInstalled(folder) {
  const target = path.join(folder, 'node_modules/os-truststore');
  const copy = (from, to = from) =>
    cpSync(path.join(root, from), path.join(target, to), { recursive: true, dereference: true });
  const addon = 'build/Release/os_truststore.node';
  for (const part of [
    'package.json',
    'dist',
    existsSync(path.join(root, addon)) ? addon : 'prebuilds',
  ]) {
    copy(part);
  }
  const { dependencies } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) copy(`node_modules/${name}`);
  return target;
}
