/**
 * Variables that do not do what they are meant to do.
 */
import { makeChain } from '../pki-set.js';
import { identity, nginx } from '../servers.js';
import type { MachineSetup } from '../machines.js';
import type { Bench } from '../bench.js';
import type { ClientOptions } from '../bench.js';
import { createCertificate } from '../../helpers/pki.js';

/** A program that fails until it trusts the root in \`corp.pem\`. */
async function sufferer(bench: Bench): Promise<ClientOptions> {
  const { root, intermediate, leaf } = await makeChain('Corp');
  bench.file('corp.pem', root.pem);
  const { port } = await nginx(bench, identity(leaf, intermediate));
  return { port };
}

/** A variable whose value leads nowhere; the user drops it, or writes the path right. */
function unreadable(name: string, wrong: (path: string) => string, what: string): MachineSetup {
  return {
    name: `${name} with ${what}`,
    expected: 'variable-unreadable',
    cures: ['variable', 'by-hand'],
    says: new RegExp(`^${name} is `),
    build: async (bench) => {
      const { pem } = await createCertificate({ commonName: 'Corp Root' });
      const path = bench.file('home/corp.pem', pem);
      bench.env[name] = wrong(path);
      return {
        byPeople: () => {
          bench.env[name] = path;
        },
      };
    },
  };
}

const wrongPaths: readonly (readonly [string, (path: string) => string])[] = [
  ['quotes around the path', (path) => `"${path}"`],
  ['a ~ that no shell expands', () => '~/corp.pem'],
  ['a $HOME that no shell expands', () => '$HOME/corp.pem'],
  ['a blank before the path', (path) => ` ${path}`],
];

export const variableSetups: readonly MachineSetup[] = [
  {
    name: 'verification that was turned off',
    expected: 'verification-off',
    cures: ['variable', 'command'],
    build: async (bench) => {
      const { port } = await sufferer(bench);
      bench.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
      return { fill: { HOST: `localhost:${port}` } };
    },
  },
  ...wrongPaths.map(([what, wrong]) => unreadable('NODE_EXTRA_CA_CERTS', wrong, what)),
  unreadable('SSL_CERT_FILE', (path) => `'${path}'`, 'quotes around the path'),
  unreadable('SSL_CERT_FILE', () => '~/corp.pem', 'a ~ that no shell expands'),
  unreadable('SSL_CERT_DIR', (path) => `${path}-gone:/nowhere`, 'directories that are gone'),
  unreadable('NODE_EXTRA_CA_CERTS', (path) => `${path}:${path}`, 'a list where one path is read'),
  unreadable('NODE_EXTRA_CA_CERTS', (path) => path.replace('corp', 'gone'), 'a file that is gone'),
  {
    name: 'PEM text where a path is read',
    expected: 'variable-unreadable',
    cures: ['variable', 'by-hand'],
    says: /^NODE_EXTRA_CA_CERTS is PEM/,
    build: async (bench) => {
      const { pem } = await createCertificate({ commonName: 'Corp Root' });
      bench.env['NODE_EXTRA_CA_CERTS'] = pem;
      return {
        byPeople: () => {
          bench.env['NODE_EXTRA_CA_CERTS'] = bench.file('corp.pem', pem);
        },
      };
    },
  },
  {
    name: 'NODE_EXTRA_CA_CERTS that is set by a program when it is too late',
    expected: 'variable-too-late',
    cures: ['code', 'by-hand'],
    build: async (bench) => {
      const client = await sufferer(bench);
      const file = bench.path('corp.pem');
      const late = `process.env.NODE_EXTRA_CA_CERTS ??= ${JSON.stringify(file)};`;
      bench.env['NODE_OPTIONS'] = `--require ${bench.file('late.cjs', late)}`;
      return {
        client,
        byPeople: () => {
          bench.env['NODE_EXTRA_CA_CERTS'] = file;
        },
      };
    },
  },
  {
    name: 'NIX_SSL_CERT_FILE on a machine without Nix',
    expected: 'variable-ignored',
    cures: ['variable'],
    says: /^NIX_SSL_CERT_FILE/,
    build: async (bench) => {
      const { port } = await sufferer(bench);
      bench.env['NIX_SSL_CERT_FILE'] = bench.path('corp.pem');
      bench.env['SSL_CERT_FILE'] = undefined;
      return { client: { port, inject: true } };
    },
  },
  {
    name: 'SSL_CERT_FILE, which Node alone ignores',
    expected: 'variable-ignored',
    cures: ['code'],
    says: /^SSL_CERT_FILE/,
    build: async (bench) => {
      const client = await sufferer(bench);
      bench.env['SSL_CERT_FILE'] = bench.path('corp.pem');
      return { client };
    },
  },
  {
    name: 'NODE_USE_SYSTEM_CA on a line of Node that does not know it',
    expected: 'variable-ignored',
    cures: ['code'],
    says: /^NODE_USE_SYSTEM_CA/,
    build: async (bench) => {
      const client = await sufferer(bench);
      bench.env['SSL_CERT_FILE'] = bench.path('corp.pem');
      bench.env['NODE_USE_SYSTEM_CA'] = '1';
      return { client };
    },
  },
];
