/**
 * `os-truststore doctor`: says what is wrong with a host, or with this machine, and what to do about it.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Option } from 'commander';
import type { Command } from 'commander';

import { plainDigits } from '../../certificate/fingerprint.js';
import { plainFingerprint } from '../../certificate/names.js';
import { ErrorCodes, fromFileSystem, invalidArgument } from '../../errors.js';
import { diagnosisClasses } from '../../explain/classes.js';
import { startTlsProtocols } from '../../explain/handshake/protocols.js';
import type { Diagnosis, ExplainOptions, Explanation, Fix } from '../../explain/types.js';
import type { CliApi } from '../api.js';
import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';
import { repeatedOption } from '../options/repeated.js';
import { reportStoreErrors } from '../report-error.js';
import { explanationReport, machineReport } from '../terminal/doctor-report.js';
import { explanationText } from '../terminal/explanation-text.js';
import { machineText } from '../terminal/machine-text.js';
import type { Terminal } from '../terminal/terminal.js';
import { documentJson, safeText } from '../terminal/text.js';

interface DoctorOptions {
  json?: boolean;
  report?: boolean;
  showcerts?: boolean;
  all?: boolean;
  fix?: boolean;
  yes?: boolean;
  fingerprint?: string;
  starttls?: ExplainOptions['startTls'];
  servername?: string;
  proxy?: string | false;
  ca?: string[];
  timeout?: string;
  fetch?: boolean;
  allowPrivate?: boolean;
}

export function addDoctor(program: Command, { api, terminal, finish }: CommandContext): void {
  program
    .command('doctor')
    .description('explain why a host is refused; check this machine')
    .argument('[target]', 'URL, host or host:port; without it, this machine')
    .option('--all', 'without a target: look at the CAs of browsers and Java, too')
    .option('--fix', 'do what the first diagnosis offers: save a certificate')
    .option('--yes', 'with --fix: trust a self-signed certificate that is no CA without asking')
    .option(
      '--fingerprint <sha256>',
      'with --fix: trust the self-signed certificate with this fingerprint without asking',
    )
    .option('--json', 'print JSON')
    .option('--report', 'print a report without names of yours, for bug reports')
    .option('--showcerts', 'print the certificates of the chain as PEM, too')
    .addOption(
      new Option(
        '--starttls <protocol>',
        'how to ask for TLS (default: by scheme or port)',
      ).choices(['none', ...startTlsProtocols]),
    )
    .option('--servername <name>', 'name to ask for (default: the host)')
    .addOption(
      repeatedOption('--ca <file>', 'judge these CAs alone, as the `ca` option of Node does'),
    )
    .option('--proxy <url>', 'HTTP proxy (default: HTTPS_PROXY and NO_PROXY)')
    .option('--no-proxy', 'connect directly')
    .option('--timeout <seconds>', 'for everything together', '20')
    .option('--no-fetch', 'do not look for intermediates the server leaves out')
    .option('--allow-private', 'look for them on private addresses, too')
    .addHelpText('after', helpText())
    .action(async (target: string | undefined, options: DoctorOptions, command: Command) => {
      if (target === undefined) refuseHostOptions(command);
      finish(
        target === undefined
          ? examineMachine(api, terminal, options)
          : await examineHost(api, terminal, target, options),
      );
    });
}

/** Options that say how to reach or judge a host. Without one they would be ignored, and the machine examined instead. */
const hostOptions = new Set([
  ...['fix', 'yes', 'showcerts', 'starttls', 'servername', 'ca', 'proxy', 'timeout', 'fetch'],
  ...['allowPrivate', 'fingerprint'],
]);

function refuseHostOptions(command: Command): void {
  const given = command.options.find((option) => {
    const name = option.attributeName();
    return hostOptions.has(name) && command.getOptionValueSource(name) === 'cli';
  });
  if (given === undefined) return;
  command.error(
    `error: option '${given.flags}' is about a host, and none is named: os-truststore doctor ${given.flags} HOST`,
  );
}

function helpText(): string {
  const classes = Object.entries(diagnosisClasses)
    .filter(([name, { exitCode }]) => exitCode > 0 || name === 'ok')
    .map(
      ([name, { exitCode, meaning }]) =>
        `  ${String(exitCode).padEnd(3)} ${name.padEnd(22)}${meaning}`,
    )
    .join('\n');
  return `
Connects, looks at the chain, closes at once: nothing is sent to the server.

Examples:
  $ os-truststore doctor https://intranet.example/
  $ os-truststore doctor mail.example:587 --starttls smtp
  $ os-truststore doctor postgres://db.example --json
  $ os-truststore doctor --report

Exit codes, of the first diagnosis:
${classes}
  60  finding               something is wrong with this machine`;
}

async function examineHost(
  api: CliApi,
  terminal: Terminal,
  target: string,
  options: DoctorOptions,
): Promise<number> {
  const asked = toExplainOptions(api, options, terminal);
  let explanation = await ask(api, terminal, target, asked);
  if (options.fix === true) {
    const fixed = await applyFix(api, terminal, explanation, options);
    if (fixed) explanation = await ask(api, terminal, target, asked);
  }
  if (options.json === true) terminal.write(`${documentJson('host', explanation)}\n`);
  else if (options.report === true) terminal.write(explanationReport(explanation, api.version));
  else {
    terminal.write(explanationText(explanation, terminal, { pem: options.showcerts === true }));
    reportStoreErrors(explanation.errors, terminal);
  }
  return exitCodeFor(explanation);
}

async function ask(
  api: CliApi,
  terminal: Terminal,
  target: string,
  options: ExplainOptions,
): Promise<Explanation> {
  try {
    return await api.explain(target, options);
  } finally {
    terminal.progress('');
  }
}

function exitCodeFor({ diagnoses: [first] }: Explanation): number {
  return first?.severity === 'error' ? diagnosisClasses[first.name].exitCode : ExitCode.OK;
}

function toExplainOptions(api: CliApi, options: DoctorOptions, terminal: Terminal): ExplainOptions {
  const { starttls, servername, proxy, ca, timeout = '20', fetch, allowPrivate } = options;
  const seconds = Number(timeout);
  if (!(seconds > 0)) throw invalidArgument('--timeout', 'a number of seconds above 0', timeout);
  return {
    timeoutMs: seconds * 1000,
    fetchIssuers: fetch !== false,
    allowPrivate: allowPrivate === true,
    onProgress: (step) => {
      terminal.progress(step);
    },
    ...(starttls === undefined ? {} : { startTls: starttls }),
    ...(servername === undefined ? {} : { servername }),
    ...(proxy === undefined ? {} : { proxy }),
    ...(ca === undefined ? {} : { ca: ca.map((path) => readCertificateFile(api, path)) }),
  };
}

function readCertificateFile(api: CliApi, path: string): Buffer {
  const bytes = readFile(path);
  // An empty list is a diagnosis of its own.
  if (bytes.length > 0) api.checkCertificates(bytes, path);
  return bytes;
}

function readFile(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw fromFileSystem(
      ErrorCodes.USER_CA,
      `The CA file ${path} cannot be read: ${(cause as Error).message}`,
      path,
      cause,
      'Check the path and its permissions.',
    );
  }
}

/** @returns true when anything was changed */
async function applyFix(
  api: CliApi,
  terminal: Terminal,
  { diagnoses }: Explanation,
  options: DoctorOptions,
): Promise<boolean> {
  const diagnosis = diagnoses.find(({ fix }) => fix !== undefined);
  if (!diagnosis?.fix) {
    terminal.note('--fix: nothing here can be mended by saving a certificate.');
    return false;
  }
  if (!(await isWanted(terminal, diagnosis, diagnosis.fix, options))) return false;
  for (const path of api.saveFix(diagnosis.fix)) terminal.note(`saved ${safeText(path)}`);
  return true;
}

/** Adding intermediates grants no trust. For a self-signed certificate only the user can give trust, so the user is asked. */
async function isWanted(
  terminal: Terminal,
  { certificates: [fingerprint = ''] }: Diagnosis,
  { kind, forEveryHost, certificates: [pem = ''] }: Fix,
  { yes, fingerprint: told }: DoctorOptions,
): Promise<boolean> {
  if (kind === 'intermediate') return true;
  const plain = plainFingerprint(fingerprint);
  if (told !== undefined) return isSame(terminal, plain, told);
  if (yes === true && forEveryHost !== true) return true;
  terminal.note(`No CA vouches for this certificate. Its SHA-256 fingerprint is\n  ${plain}`);
  terminal.note(
    forEveryHost === true
      ? 'It may issue others: once it is trusted, whoever has its key can pass for any host, to all programs of yours ' +
          'that use os-truststore. A certificate with CA:FALSE would count for the names in it alone.'
      : `It will be trusted for every name in it: ${namesOf(pem)}`,
  );
  // Of a CA a few digits are not enough: a key can be made until they agree.
  const [question, wanted] =
    forEveryHost === true
      ? ['To trust it for every host, paste the whole fingerprint that its owner told you: ', plain]
      : ['Is that what its owner told you? Type yes to trust it: ', 'yes'];
  const answer = (await terminal.ask(question))?.trim().toLowerCase();
  if (answer !== undefined && (plainDigits(answer)?.toLowerCase() ?? answer) === wanted) {
    return true;
  }
  terminal.note(
    answer === undefined
      ? 'Nothing saved: there is no terminal to ask on. Add --fingerprint with what its owner told you.'
      : 'Nothing saved.',
  );
  return false;
}

function namesOf(pem: string): string {
  const { subject, subjectAltName } = new X509Certificate(pem);
  return safeText(subjectAltName ?? subject.split('\n').join(', '));
}

/** @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` */
function isSame(terminal: Terminal, plain: string, told: string): boolean {
  const digits = plainDigits(told);
  if (digits === undefined) {
    throw invalidArgument('--fingerprint', 'a SHA-256 fingerprint of 64 digits', told);
  }
  if (digits.toLowerCase() === plain.toLowerCase()) return true;
  terminal.note(`Nothing saved: the server’s certificate has another fingerprint,\n  ${plain}`);
  return false;
}

function examineMachine(api: CliApi, terminal: Terminal, options: DoctorOptions): number {
  const examination = api.examineMachine({ otherStores: options.all === true });
  if (options.json === true) {
    terminal.write(`${documentJson('machine', examination)}\n`);
  } else if (options.report === true) terminal.write(machineReport(examination, api.version));
  else terminal.write(machineText(examination, terminal));
  const urgent = examination.findings.some(({ severity }) => severity === 'error');
  return urgent ? ExitCode.FINDING : ExitCode.OK;
}
