/**
 * Makes damaged certificates, the same for the same seed: one to three changes, each to one element, with the lengths
 * around it corrected, so that a reader gets as far as the change.
 */
import { Buffer } from 'node:buffer';
import { changes } from './changes.mjs';
import { encode, flat, partsOf, readElements } from './tree.mjs';

/** Returns numbers from 0 to below `limit` (mulberry32). */
export function randomOf(seed) {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

const names = Object.keys(changes);

/** Makes one change and returns its name, or undefined when there was nothing to change. */
function change(root, bytes, random) {
  const name = names[random(names.length)];
  const pick = (wanted = () => true) => {
    const found = flat(root).filter(wanted);
    return found[random(found.length || 1)] ?? { children: [], content: Buffer.alloc(0) };
  };
  const one = (list) => list[random(list.length)];
  const done = changes[name]({ bytes, random, one, pick, parts: partsOf(root) });
  return done === false ? undefined : name;
}

/** Yields `{ der, changes }` `count` times, from the certificates in `corpus`. */
export function* makeMutants(corpus, seed, count) {
  const random = randomOf(seed);
  for (let made = 0; made < count; made++) {
    const [root] = readElements(corpus[random(corpus.length)]);
    const bytes = { damage: (der) => der };
    const done = [];
    for (let left = [1, 1, 1, 2, 3][random(5)]; left > 0; left--) {
      done.push(change(root, bytes, random));
    }
    yield { der: bytes.damage(encode(root)), changes: done.filter(Boolean) };
  }
}

/** Whether `der` can be split into elements. */
export function isMutable(der) {
  const elements = readElements(der);
  return elements?.length === 1 && elements[0].children?.[0]?.children !== undefined;
}
