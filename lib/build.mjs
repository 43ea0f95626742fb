/**
 * The last step of `npm run build:ts`, after tsc: makes one file of the library, because finding forty modules takes
 * longer than reading the store. The modules stay beside it for the command and for unit tests.
 */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build, transformSync } from 'esbuild';
import { writeIgnoreFile } from './unshipped.mjs';

const lib = dirname(fileURLToPath(import.meta.url));
const dist = join(lib, '..', 'dist');

/**
 * What is rare and large stays in files of its own, so that reading them is not part of importing: the modules that each
 * folder's api.ts loads late.
 */
const apart = {
  './explain.js': './explain/explain.js',
  './first-use.js': './first-use/first-use.js',
  './verify.js': './verify/verify.js',
  './write-bundle.js': './bundle/write-bundle.js',
};
const keepApart = {
  name: 'keep apart',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/(explain|first-use|verify|write-bundle)\.js$/ }, ({ path }) => ({
      path: apart[path],
      external: true,
    }));
  },
};

/** Comments and indentation are for the sources; the types keep their documentation. */
function shrinkModules() {
  const files = readdirSync(dist, { recursive: true }).filter((name) => /\.m?js$/.test(name));
  for (const name of files) {
    const file = join(dist, name);
    const options = {
      minifySyntax: true,
      minifyWhitespace: true,
      legalComments: 'none',
      target: 'es2022',
    };
    writeFileSync(file, transformSync(readFileSync(file, 'utf8'), options).code);
  }
}

shrinkModules();
await build({
  // The sources, not what tsc makes of them: only ES modules can be joined into one scope.
  entryPoints: [join(lib, 'index.ts')],
  outfile: join(dist, 'index.js'),
  bundle: true,
  external: ['node-gyp-build'],
  format: 'cjs',
  legalComments: 'none',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
  platform: 'node',
  plugins: [keepApart],
  target: 'es2022',
});
chmodSync(join(dist, 'cli', 'main.js'), 0o755);
writeIgnoreFile(join(lib, '..'));
