/**
 * Builds prebuilds/win32-<arch>/os-truststore.node and checks the result.
 *
 *   node native/prebuild/build-windows.mjs [--arch=x64,arm64] [--out=prebuilds]
 *
 * Needs `npm ci --prefix native/prebuild` for zig and the headers.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './gyp-sources.mjs';
import { addonProblems } from './windows-pe.mjs';
import { buildAddon, toolchain } from './windows-toolchain.mjs';

const { values } = parseArgs({
  options: {
    arch: { type: 'string', default: 'x64,arm64' },
    out: { type: 'string', default: path.join(root, 'prebuilds') },
  },
});

for (const arch of values.arch.split(',')) {
  const output = path.resolve(values.out, `win32-${arch}`, 'os-truststore.node');
  const start = performance.now();
  await buildAddon({ tools: toolchain('zig', arch), variants: [{ output }] });
  const problems = addonProblems(readFileSync(output), arch);
  if (problems.length > 0) throw new Error(`${output}: ${problems.join('; ')}`);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${path.relative(root, output)}: ${statSync(output).size} bytes, ${seconds} s`);
}
