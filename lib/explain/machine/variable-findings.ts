/**
 * Finds environment variables that do not do what they are meant to do. Pure.
 */
import type { Finding, MachineFacts, VariableFacts } from './machine-types.js';

type Rule = (variable: VariableFacts, facts: MachineFacts) => Finding[];

export function variableFindings(facts: MachineFacts): Finding[] {
  return facts.variables.flatMap((variable) => [
    ...unreadable(variable),
    ...(rules[variable.name]?.(variable, facts) ?? []),
  ]);
}

function unreadable({ name, value, problem, corrected }: VariableFacts): Finding[] {
  if (problem === undefined) return [];
  const line = corrected === undefined ? undefined : `\`${name}=${shellWord(corrected)}\``;
  return [
    {
      name: 'variable-unreadable',
      severity: 'error',
      summary: `${name} is ${value ?? 'set'}, which ${problem}.`,
      remedy:
        line === undefined
          ? `Correct ${name}, or do without it: \`unset ${name}\`.`
          : `Set it to the file itself: ${line}.`,
    },
  ];
}

function ignored(summary: string, remedy: string): Finding[] {
  return [{ name: 'variable-ignored', severity: 'info', summary, remedy }];
}

const USE_INJECT = 'Programs that call `inject()` of os-truststore do honour it.';

const rules: Record<string, Rule> = {
  NODE_TLS_REJECT_UNAUTHORIZED: ({ value }) =>
    value !== '0'
      ? []
      : [
          {
            name: 'verification-off',
            severity: 'error',
            summary:
              'NODE_TLS_REJECT_UNAUTHORIZED=0 makes Node accept every certificate, also those of attackers.',
            remedy:
              '`unset NODE_TLS_REJECT_UNAUTHORIZED`, and let `npx os-truststore doctor HOST` name the cure for the host it was set for.',
          },
        ],

  NODE_EXTRA_CA_CERTS: ({ late, problem, value }, { runtime }) => {
    if (problem !== undefined) return [];
    if (runtime.name === 'deno' && isBefore(runtime.version, FIRST_DENO_WITH_EXTRA_CAS)) {
      return ignored(
        `NODE_EXTRA_CA_CERTS does nothing in Deno ${runtime.version}.`,
        `Name the file to Deno: \`DENO_CERT=${value ?? 'FILE.pem'}\`.`,
      );
    }
    if (late !== true) return [];
    return [
      {
        name: 'variable-too-late',
        severity: 'warning',
        summary:
          'NODE_EXTRA_CA_CERTS was set after this process started, and Node reads it only at the start.',
        remedy: `Set it before Node starts, not in a .env file or in code. ${USE_INJECT}`,
      },
    ];
  },

  NIX_SSL_CERT_FILE: ({ name, value }, facts) => {
    const { runtime, store, variables } = facts;
    if (runtime.platform === 'darwin' || runtime.platform === 'win32') return [];
    if (store.locations.some(({ origin }) => origin === name)) {
      return ignoredByRuntime([name], facts);
    }
    if (variables.some((other) => other.name === 'SSL_CERT_FILE')) return [];
    return ignored(
      `${name} does nothing here: only an OpenSSL built by Nix reads it, and that of this ${runtime.name} is another.`,
      `Name the same file: \`SSL_CERT_FILE=${value ?? 'FILE.pem'}\`.`,
    );
  },

  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: ({ name, problem }) =>
    problem !== undefined
      ? []
      : ignored(
          `${name} is set: clients of gRPC (@grpc/grpc-js) trust the file it names, and nothing that \`inject()\` adds.`,
          `Do without it: \`unset ${name}\`. Or start the program with \`npx os-truststore run\`, which puts everything in one file.`,
        ),

  SSL_CERT_FILE: (_variable, facts) => opensslVariables(facts),
  SSL_CERT_DIR: (_variable, facts) =>
    facts.variables.some(({ name }) => name === 'SSL_CERT_FILE') ? [] : opensslVariables(facts),

  NODE_USE_SYSTEM_CA: ({ value }, { runtime }) =>
    value !== '1' || runtime.knowsSystemCAVariable
      ? []
      : ignored(
          `NODE_USE_SYSTEM_CA does nothing in ${runtime.name} ${runtime.version}.`,
          'It needs Node 22.19, 24.6 or newer; `inject()` of os-truststore works on every line.',
        ),

  DENO_CERT: ({ name }, { runtime }) => onlyDeno(name, runtime.name),
  DENO_TLS_CA_STORE: ({ name }, { runtime }) => onlyDeno(name, runtime.name),
};

/** See denoland/deno#33148. */
const FIRST_DENO_WITH_EXTRA_CAS = [2, 8] as const;

function isBefore(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor < minor);
}

function onlyDeno(variable: string, runtime: string): Finding[] {
  if (runtime === 'deno') return [];
  return ignored(`${variable} does nothing in ${runtime}.`, 'It is for Deno alone.');
}

function opensslVariables(facts: MachineFacts): Finding[] {
  const names = facts.variables.map(({ name }) => name);
  return ignoredByRuntime(
    names.filter((name) => name.startsWith('SSL_CERT_')),
    facts,
  );
}

/** Quotes what a shell would split or expand. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./\\-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

function ignoredByRuntime(names: readonly string[], { runtime }: MachineFacts): Finding[] {
  const { flags, platform } = runtime;
  if (flags.includes('--use-openssl-ca') || flags.includes('--use-system-ca')) return [];
  const [verb, pronoun] = names.length === 1 ? ['is', 'it'] : ['are', 'them'];
  // There the store of the system is no file, and these variables name none of it.
  if (platform === 'darwin' || platform === 'win32') {
    return ignored(
      `${names.join(' and ')} ${verb} set, but on this system neither ${runtime.name} nor os-truststore reads ${pronoun}.`,
      'Name files of CAs in OS_TRUSTSTORE_USER_CAS or NODE_EXTRA_CA_CERTS.',
    );
  }
  return ignored(
    `${names.join(' and ')} ${verb} set, but ${runtime.name} alone ignores ${pronoun} without --use-openssl-ca.`,
    USE_INJECT.replace(' it.', ` ${pronoun}.`),
  );
}
