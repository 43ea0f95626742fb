/**
 * Reads the addon's sources and defines for one operating system from binding.gyp, so that there is no second list.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** binding.gyp is JSON with comments and trailing commas. */
function parseGyp(text) {
  const json = text
    .replace(/("(?:[^"\\]|\\.)*")|#.*$/gm, (_, string) => string ?? '')
    .replace(/,(\s*[}\]])/g, '$1');
  return JSON.parse(json);
}

/** `condition` is the text in binding.gyp, such as `OS == 'win'`. Paths are relative to the project. */
export function addonSources(condition) {
  const gyp = parseGyp(readFileSync(path.join(root, 'binding.gyp'), 'utf8'));
  const target = gyp.targets.find(({ target_name: name }) => name === 'os_truststore');
  const [choices] = target.conditions;
  const index = choices.indexOf(condition);
  if (index < 0) throw new Error(`binding.gyp has no condition ${condition}`);
  const backend = choices[index + 1];
  const sources = [...target.sources, ...backend.sources].flatMap((source) => {
    const list = /^<@\((\w+)\)$/.exec(source)?.[1];
    return list === undefined ? [source] : gyp.variables[list];
  });
  return { sources, defines: target.defines };
}
