/**
 * Asks every runtime what this machine trusts. The answers must be the same, certificate for certificate and in order.
 *
 *   <runtime> test/tools/conformance.mjs                    prints this runtime's answer as JSON
 *   node test/tools/conformance.mjs compare <command>...    asks <command> and this Node, fails where they differ
 *   node test/tools/conformance.mjs compare-packed <command>...    the same with the packed and installed package
 */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { testEnvironment } from './environment.mjs';

const script = fileURLToPath(import.meta.url);

/** install-packed.mjs puts it there. */
const installed = fileURLToPath(
  new URL('../../node_modules/.cache/os-truststore/installed/package.json', import.meta.url),
);

const withoutDer = ({ der, ...certificate }) => ({ ...certificate, derLength: der.length });

async function answer() {
  const truststore = process.env.CONFORMANCE_PACKED
    ? createRequire(installed)('os-truststore')
    : createRequire(import.meta.url)('../../dist/index.js');
  const store = truststore.readSystemStore();
  const systemCAs = truststore.getSystemCAs();
  const everyPurpose = { purpose: 'any', expired: true, intermediates: true };
  return {
    strategy: store.strategy,
    errors: store.errors,
    certificates: store.certificates.map(withoutDer),
    systemCAs,
    systemCAsAsync: await truststore.getSystemCAsAsync(),
    everything: truststore.getSystemCAs(everyPurpose),
    asyncCertificates: (await truststore.readSystemStoreAsync()).certificates.map(withoutDer),
    trustedWithoutBundled: truststore.getTrustedCAs({ bundled: false }),
    trustedWithoutBundledAsync: await truststore.getTrustedCAsAsync({ bundled: false }),
    // Each runtime bundles its own roots; none of the machine's may get lost beside them.
    lostBesideBundled: missing(systemCAs, truststore.getTrustedCAs()),
  };
}

function missing(wanted, list) {
  const present = new Set(list);
  return wanted.filter((pem) => !present.has(pem));
}

function ask([command, ...args], extra) {
  const { status, stdout, stderr, error } = spawnSync(command, [...args, script], {
    encoding: 'utf8',
    env: { ...testEnvironment(), ...extra },
    maxBuffer: 1 << 28,
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}\n${stdout}${stderr}`);
  return JSON.parse(stdout);
}

/** Says where two answers first differ. */
function difference(expected, actual, where = 'answer') {
  if (isDeepStrictEqual(expected, actual)) return undefined;
  if (typeof expected !== 'object' || typeof actual !== 'object' || !expected || !actual) {
    return `${where}: ${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`;
  }
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])];
  return keys.map((key) => difference(expected[key], actual[key], `${where}.${key}`)).find(Boolean);
}

function compare(command, extra) {
  const reference = ask([process.execPath], extra);
  const problems = [];
  if (reference.strategy !== 'addon') {
    problems.push(`Node used ${reference.strategy}, not the addon`);
  }
  if (reference.systemCAs.length === 0) {
    problems.push('this machine trusts nothing; install ca-certificates');
  }
  if (reference.lostBesideBundled.length > 0) {
    problems.push('getTrustedCAs() lost a CA of the system');
  }
  if (!isDeepStrictEqual(reference.certificates, reference.asyncCertificates)) {
    problems.push('the asynchronous read differs from the synchronous one');
  }
  const found = difference(reference, ask(command, extra));
  if (found !== undefined) problems.push(found);
  for (const problem of problems) console.error(`conformance: ${problem}`);
  console.log(
    `conformance: ${reference.certificates.length} certificates, ${reference.systemCAs.length} trusted, ${
      problems.length === 0 ? 'identical' : `${problems.length} differences`
    }`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
}

const [mode, ...command] = process.argv.slice(2);
if (mode === 'compare') compare(command);
else if (mode === 'compare-packed') compare(command, { CONFORMANCE_PACKED: '1' });
else console.log(JSON.stringify(await answer(), null, 1));
