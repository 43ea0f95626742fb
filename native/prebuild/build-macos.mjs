/**
 * Builds prebuilds/darwin-x64+arm64/os-truststore.node and checks the result.
 *
 *   node native/prebuild/build-macos.mjs [--out=prebuilds]
 *
 * Needs clang-19, lld-19 and llvm-19 (apt), and `npm ci --prefix native/prebuild` for zig and the Node-API headers.
 */
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './gyp-sources.mjs';
import { addonProblems } from './mach-o.mjs';
import { buildAddon, nodeApiSymbols } from './macos/toolchain.mjs';

const { values } = parseArgs({
  options: { out: { type: 'string', default: path.join(root, 'prebuilds') } },
});

const output = path.resolve(values.out, 'darwin-x64+arm64', 'os-truststore.node');
const start = performance.now();
await buildAddon({ output });
const problems = addonProblems(readFileSync(output), nodeApiSymbols());
if (problems.length > 0) throw new Error(`${output}: ${problems.join('; ')}`);
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`${path.relative(root, output)}: ${statSync(output).size} bytes, ${seconds} s`);
