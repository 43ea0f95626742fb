/**
 * A machine behind a company's proxy, made with bubblewrap: the store of the system holds one root, the company's; every name
 * in `names` leads to loopback, where port 443 answers with a certificate made by that root. There is no other network.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { testEnvironment } from '../tools/environment.mjs';

/** The names that the examples use. */
const names = ['intranet.example', 'registry.example'];

const withoutNpm = (env) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^npm_/i.test(name)));

/** Runs this program again inside such a machine, and returns its exit code. */
export function enter(program, args) {
  const scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'os-truststore-examples-')));
  const at = (name) => path.join(scratch, name);
  for (const name of ['home', 'tmp', 'store']) mkdirSync(at(name));
  writeFileSync(at('hosts'), `127.0.0.1 localhost ${names.join(' ')}\n`);
  writeFileSync(at('store/ca-certificates.crt'), '');
  // Settings of this machine could hold a CA, or a registry.
  writeFileSync(at('npmrc'), '');
  const places = { HOME: at('home'), TMPDIR: at('tmp'), npm_config_globalconfig: at('npmrc') };
  const { status, error } = spawnSync(
    'bwrap',
    [
      ...['--dev-bind', '/', '/', '--unshare-net', '--unshare-pid', '--die-with-parent'],
      ...['--cap-add', 'CAP_NET_BIND_SERVICE'],
      ...['--ro-bind', at('hosts'), '/etc/hosts', '--bind', at('store'), '/etc/ssl/certs'],
      ...[process.execPath, '--test-reporter=spec', program, ...args],
    ],
    {
      stdio: 'inherit',
      env: { ...withoutNpm(testEnvironment()), ...places, EXAMPLES_SCRATCH: scratch },
    },
  );
  rmSync(scratch, { recursive: true, force: true });
  if (error) throw new Error(`bwrap (Debian: bubblewrap) is needed: ${error.message}`);
  return status ?? 1;
}
