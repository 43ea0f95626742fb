/**
 * What `os-truststore` prints on a machine that is the same everywhere, command by command.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { CliApi } from '../../dist/cli/api.js';
import { createLibraryApi } from '../../dist/cli/library-api.js';
import { run } from '../../dist/cli/program.js';
import { createTerminal } from '../../dist/cli/terminal/terminal.js';
import { ErrorCodes } from '../../dist/index.js';
import type { Explanation, SystemStore, VerifyPaths } from '../../dist/index.js';
import { cleanEnv } from '../cli/run-cli.js';
import { healthy } from '../explain/healthy.js';
import { makeMachine } from '../explain/loopback.js';
import type { TestContext } from '../explain/loopback.js';
import { heading, projectRoot } from './snapshot.js';

const read = (name: string): string => readFileSync(join(projectRoot, 'test/api', name), 'utf8');

/** The command in this process; what depends on the machine or the day is left out of what it prints. */
export class CommandOnMachine {
  readonly #directory: string;
  readonly api: CliApi;

  /** Changes the environment of this process to that of the machine. */
  constructor(t: TestContext) {
    const { env } = makeMachine(t, { system: [read('system.pem')], user: [read('user.pem')] });
    this.#directory = env['HOME']!;
    const wanted = cleanEnv({ ...env, XDG_CACHE_HOME: join(this.#directory, 'cache') });
    for (const name of Object.keys(process.env)) {
      if (!(name in wanted)) Reflect.deleteProperty(process.env, name);
    }
    Object.assign(process.env, wanted);
    const library = createLibraryApi();
    this.api = {
      ...library,
      version: '1.2.3',
      // Node's own list is another in every version.
      readOther: (origin, options) =>
        origin === 'bundled'
          ? { certificates: [], errors: [] }
          : library.readOther(origin, options),
    };
  }

  /** In arguments, `MACHINE` is the machine's directory. */
  async run(line: string, changes: Partial<CliApi> = {}): Promise<string[]> {
    const { text, exitCode } = await this.#run(line, { ...this.api, ...changes });
    return [heading(`os-truststore ${line}`), text, `exit code ${exitCode}`];
  }

  /** With which exit code the command ends when the library throws this. */
  async exitCodeOf(error: Error): Promise<number> {
    const readSystemStore = (): never => {
      throw error;
    };
    return (await this.#run('list', { ...this.api, readSystemStore })).exitCode;
  }

  async #run(line: string, api: CliApi): Promise<{ text: string; exitCode: number }> {
    const written: string[] = [];
    const stdout = { write: (text: string) => written.push(text) };
    const stderr = { write: (text: string) => written.push(text.replace(/^(?=.)/gm, 'stderr: ')) };
    const args = line.split(' ').map((word) => word.replace('MACHINE', this.#directory));
    const terminal = createTerminal(stdout, stderr, process.env);
    const exitCode = await run(line === '' ? [] : args, api, terminal);
    return { text: this.#normalize(written.join('')).trimEnd(), exitCode };
  }

  #normalize(text: string): string {
    return text
      .replaceAll(pathToFileURL(this.#directory).href, 'file://MACHINE')
      .replaceAll(this.#directory, 'MACHINE')
      .replace(/ca-bundle-[\da-f]{32}/g, 'ca-bundle-HASH')
      .replace(/certificate [\da-f]{8}/g, 'certificate HASH')
      .replace(/\.[\da-f]{12}\.tmp/g, '.HASH.tmp')
      .replace(/^(#|rem) Java: .*/gm, '$1 Java: …');
  }
}

const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':');

/** With a word of everything that an explanation may have. */
const explanation: Explanation = {
  target: {
    host: 'host.example',
    port: 25,
    servername: 'host.example',
    startTls: 'smtp',
    proxy: 'http://proxy.example/',
  },
  ok: false,
  judged: 'merged',
  diagnoses: [
    {
      name: 'self-signed',
      severity: 'error',
      summary: 'The server vouches for itself.',
      remedy: 'Ask its owner for the fingerprint.',
      certificates: [fingerprint],
      fix: { kind: 'self-signed', certificates: ['PEM\n'] },
    },
    {
      name: 'expires-soon',
      severity: 'warning',
      summary: 'It expires tomorrow.',
      remedy: 'Renew it.',
      certificates: [fingerprint],
    },
  ],
  connection: {
    address: '192.0.2.1',
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    wantsClientCertificate: false,
  },
  chain: [
    {
      subject: 'CN=host.example',
      issuer: 'CN=host.example',
      serialNumber: '01',
      fingerprint256: fingerprint,
      validFrom: '2020-01-01T00:00:00.000Z',
      validTo: '2120-01-01T00:00:00.000Z',
      key: 'EC prime256v1',
      signatureAlgorithm: 'ecdsa-with-SHA256',
      isCA: false,
      selfSigned: true,
      names: 'DNS:host.example',
      pem: 'PEM\n',
    },
  ],
  sources: [
    {
      source: 'bundled',
      certificates: 140,
      verdict: 'refused',
      error: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT', message: 'self-signed certificate' },
    },
    {
      source: 'user',
      certificates: 1,
      verdict: 'trusted',
      anchor: {
        subject: 'CN=host.example',
        fingerprint256: fingerprint,
        sources: [{ origin: 'user', kind: 'file', location: '/certs/host.pem' }],
      },
    },
    { source: 'extra', certificates: 0, verdict: 'empty' },
  ],
  fetches: [{ url: 'http://aia.example/ca.der', outcome: 'status', message: 'answered 404' }],
  errors: [
    { code: ErrorCodes.READ_FAILED, operation: 'open', message: 'cannot be read', path: '/certs' },
  ],
  runtime: { name: 'node', version: '20.0.0' },
  checkedAt: '2030-01-01T00:00:00.000Z',
};

const examination: ReturnType<CliApi['examineMachine']> = {
  facts: {
    ...healthy,
    variables: [{ name: 'SSL_CERT_FILE', value: '/certs', late: true }, { name: 'HTTPS_PROXY' }],
  },
  findings: [
    { name: 'store-error', severity: 'error', summary: 'It cannot be read.', remedy: 'Mend it.' },
    { name: 'container', severity: 'info', summary: 'This is a container.' },
  ],
};

const usageErrors = [
  ...['', 'lst', 'list --jsno', 'list --source nowhere', 'list extra', 'export -o', 'report'],
  ...[
    'completion tcsh',
    'env tcsh',
    'run',
    'doctor a b',
    'doctor a --timeout 0',
    'doctor a --ca MACHINE/none',
  ],
];

const onTheStore = [
  ...['list', 'list --skipped', 'list --intermediates', 'list --expired --purpose any --wide'],
  ...['list --json --source system', 'list --source user', 'list --source extra'],
  ...['export --source system', 'export --source system --intermediates -o MACHINE/bundle.pem'],
  ...['export --source system -o MACHINE/none/bundle.pem', 'export --exclude abc'],
  'report --html MACHINE/page.html',
  ...['sh', 'fish', 'powershell', 'cmd', 'json', 'github-actions', 'dockerfile'].map(
    (format) => `env ${format} --no-bundled`,
  ),
  ...[
    'env sh --keep --no-bundled -o MACHINE/env.pem',
    'run -- MACHINE/none',
    'run -- MACHINE/system.pem',
  ],
];

export async function describeCommand(machine: CommandOnMachine): Promise<string[]> {
  const help = await machine.run('--help');
  const commands = /^Commands:\n((?: .*\n)+)/m.exec(help.join('\n'))?.[1] ?? '';
  const names = [...commands.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name);
  const shells = ['bash', 'zsh', 'fish', 'powershell'].map((shell) => `completion ${shell}`);
  const lines = [
    ...names.filter((name) => name !== 'help').map((name) => `${name} --help`),
    ...['--version', ...shells, ...usageErrors, ...onTheStore],
  ];
  const told: string[] = [...help];
  for (const line of lines) told.push(...(await machine.run(line)));
  return told;
}

const verifyPaths: VerifyPaths = {
  openssl: {
    file: '/ssl/cert.pem',
    directory: '/ssl/certs',
    fileEnv: 'SSL_CERT_FILE',
    directoryEnv: 'SSL_CERT_DIR',
  },
  locations: [],
  distrust: ['/etc/ca-certificates.conf'],
  userDirectory: '/home/me/certs',
};

const store: SystemStore = {
  strategy: 'addon',
  certificates: [],
  errors: explanation.errors,
  locations: [
    { kind: 'file', location: '/a.pem', origin: 'openssl', state: 'read', certificates: 2 },
    { kind: 'directory', location: '/b', origin: 'debian', state: 'failed', certificates: 0 },
    { kind: 'file', location: '/c', origin: 'fedora', state: 'not-needed', certificates: 0 },
    {
      ...{ kind: 'windows-store', location: 'CURRENT_USER', store: 'ROOT' },
      ...{ origin: 'windows', state: 'missing', certificates: 0 },
    },
  ],
  durationMs: 1,
};

/** What is printed of facts that are other ones on every machine; that these are right is tested elsewhere. */
export async function describeFacts(machine: CommandOnMachine): Promise<string[]> {
  const api: Partial<CliApi> = {
    getDefaultVerifyPaths: () => verifyPaths,
    readSystemStore: () => store,
    explain: () => Promise.resolve(explanation),
    saveFix: () => ['/certs/host.pem'],
    examineMachine: () => examination,
  };
  const host = ['', ' --json', ' --report', ' --showcerts', ' --fix', ' --fix --yes'];
  const lines = [
    ...['paths', 'paths --all', 'paths --json', 'list'],
    ...['doctor', 'doctor --json', 'doctor --report'],
    ...host.map((option) => `doctor host.example${option}`),
  ];
  const told: string[] = [];
  for (const line of lines) told.push(...(await machine.run(line, api)));
  return told;
}
