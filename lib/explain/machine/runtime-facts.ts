/**
 * Describes this runtime and those of its options that affect trust.
 */
import type { Environment } from '../../types.js';
import type { MachineFacts } from './machine-types.js';

const FLAG =
  /^--(?:use-(?:openssl|bundled|system)-ca|no-use-system-ca|tls-|openssl-|no-addons|permission)/;

export function runtimeFacts(env: Environment): MachineFacts['runtime'] {
  const { versions, platform, arch, execPath, execArgv } = process;
  const name = runtimeName(versions);
  const options = [...(env['NODE_OPTIONS'] ?? '').split(/\s+/), ...execArgv];
  return {
    name,
    version: versions[name] ?? process.version,
    openssl: versions.openssl ?? 'none',
    platform,
    arch,
    executable: execPath,
    // The rest of NODE_OPTIONS is private.
    flags: options.filter((option) => FLAG.test(option)).map((option) => option.slice(0, 100)),
    knowsSystemCA: process.allowedNodeEnvironmentFlags.has('--use-system-ca'),
    knowsSystemCAVariable: name === 'node' && isAtLeast(versions.node, [22, 19], [24, 6]),
  };
}

function runtimeName(versions: NodeJS.ProcessVersions): MachineFacts['runtime']['name'] {
  return (
    (['bun', 'deno', 'electron'] as const).find((name) => versions[name] !== undefined) ?? 'node'
  );
}

/** Compares versions, since support for a variable cannot be tested. `releases` has the first one with it on each line. */
function isAtLeast(version: string, ...releases: readonly (readonly [number, number])[]): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const newest = Math.max(...releases.map(([line]) => line));
  return major > newest || releases.some(([line, first]) => major === line && minor >= first);
}
