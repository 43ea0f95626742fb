/**
 * Makes small programs by chance: it chooses what each does from the statements, and how it loads builtins from all the
 * ways there are.
 */
import { statements } from './statements.mjs';
import { codes, ends, flagSets } from './values.mjs';

/** mulberry32, which gives the same programs for the same seed everywhere. */
function randomOf(seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const pick = (list) => list[Math.floor(next() * list.length)];
  return { next, pick, chance: (share) => next() < share };
}

/** Writes one program. */
class Writer {
  imports = [];

  constructor(random, isModule) {
    Object.assign(this, random, { isModule });
  }

  /** Returns an expression for the exports of a builtin, loaded in one of the ways of this kind of program. */
  load(name) {
    const id = this.chance(0.5) ? name : `node:${name}`;
    const required = `require('${id}')`;
    const ways = [
      required,
      required,
      `(await import('${id}'))`,
      `(await import('${id}')).default`,
      `(process.getBuiltinModule ?? require)('${id}')`,
    ];
    if (this.isModule) ways.push(...['whole', 'whole', 'default'].map((kind) => ({ kind })));
    const way = this.pick(ways);
    if (typeof way === 'string') return way;
    const local = `imported${this.imports.length}`;
    const binding = way.kind === 'default' ? local : `* as ${local}`;
    this.imports.push(`import ${binding} from '${id}';`);
    return local;
  }

  /** Returns code for another process or thread, as a literal. */
  code() {
    return JSON.stringify(this.pick(codes(this)));
  }
}

/** Returns Node's arguments for a program, and the text of the file that they name. */
export function randomProgram(seed) {
  const random = randomOf(seed);
  const kind = random.pick(['cjs', 'cjs', 'mjs', 'mjs', 'eval', 'eval module']);
  const isModule = kind.includes('m');
  const writer = new Writer(random, isModule);
  const all = Object.values(statements);
  const count = 1 + Math.floor(random.next() * 5);
  const body = Array.from({ length: count }, () => `{ ${random.pick(all)(writer)} }`);
  const main = `(async () => {\n${body.join('\n')}\n${random.pick(ends)}\n})();`;
  const createRequire = `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url.startsWith('file:') ? import.meta.url : \`file://\${process.cwd()}/x\`);`;
  const text = isModule ? [...writer.imports, createRequire, main].join('\n') : main;
  const flags = random.pick(flagSets);
  if (kind === 'cjs' || kind === 'mjs') return { text, file: `program-${seed}.${kind}`, flags };
  const input = isModule ? ['--input-type=module'] : [];
  return { text, flags: [...flags, ...input, '--eval', text] };
}
