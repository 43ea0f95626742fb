/**
 * Writes lib/cli/README.md from the definitions of the commands: `npm run docs:commands`. With --print it only prints, for
 * the test that compares. Reads what `npm run build:ts` has made.
 */
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);
const { createProgram } = require(join(root, 'dist/cli/program.js'));
const { exitCodeHelp } = require(join(root, 'dist/cli/exit-code.js'));
const { documentedVariables } = require(join(root, 'dist/cli/variables.js'));
const { diagnosisClasses } = require(join(root, 'dist/explain/classes.js'));

const HEAD = `# Commands

<!-- Made by \`npm run docs:commands\` from the definitions in lib/cli. Do not edit. -->

Start them with \`npx os-truststore\`. Data goes to stdout, words about it to stderr. Colours and tables are for terminals:
what goes into a pipe or a file is never cut. Control characters in names are shown as escapes. What \`--json\` prints has a
JSON Schema for each \`kind\` in [schemas](schemas).
`;

/** Default values that are the same on every machine; `env` has another on Windows. */
function defaultOf(command, { name, defaultValue, negate }) {
  if (defaultValue === undefined || negate || Array.isArray(defaultValue)) return '';
  if (command === 'env' && name === 'format') return ' Default: `sh`, on Windows `powershell`.';
  return ` Default: \`${defaultValue}\`.`;
}

function line(command, label, item, description) {
  const choices = item.argChoices?.map((choice) => `\`${choice}\``).join(', ');
  const one = choices === undefined ? '' : ` One of ${choices}.`;
  return `- ${label}: ${description}.${one}${defaultOf(command, item)}`;
}

function section(command) {
  const name = command.name();
  const items = [
    ...command.registeredArguments.map((item) =>
      line(
        name,
        item.required ? `\`<${item.name()}>\`` : `\`[${item.name()}]\``,
        { name: item.name(), defaultValue: item.defaultValue, argChoices: item.argChoices },
        item.description,
      ),
    ),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .map((item) =>
        line(name, item.flags.split(', ').map((flag) => `\`${flag}\``).join(', '), item, item.description),
      ),
  ];
  const after = helpAfter(command);
  const rest =
    after === ''
      ? []
      : ['', '<!-- run: test/cli/documentation.test.ts -->', '', '```text', after, '```'];
  const title = `## os-truststore ${name}`;
  const says = `${command.description()[0].toUpperCase()}${command.description().slice(1)}.`;
  return [title, '', says, '', `Usage: \`os-truststore ${name} ${command.usage()}\``, '', ...items, ...rest].join('\n');
}

/** What the help says below the options. */
function helpAfter(command) {
  let text = '';
  command.emit('afterHelp', { error: false, command, write: (part) => (text += part) });
  const codes = text.indexOf('\nExit codes, of the first diagnosis');
  return (codes < 0 ? text : text.slice(0, codes)).trim();
}

function exitCodes() {
  const ours = [...exitCodeHelp.matchAll(/^ +(\d+) {2}(.*)$/gm)].map(([, code, text]) => `- ${code}: ${text}.`);
  const classes = Object.entries(diagnosisClasses)
    .filter(([, { exitCode }]) => exitCode > 0)
    .sort(([, a], [, b]) => a.exitCode - b.exitCode)
    .map(([name, { exitCode, meaning }]) => `- ${exitCode} \`${name}\`: ${meaning}.`);
  return [
    '## Exit codes',
    '',
    ...ours,
    '- 60: doctor: something is wrong with this machine.',
    '- 125: run: no bundle could be made; 126: the command cannot be executed; 127: there is no such command.',
    "  Otherwise run ends with the command's own.",
    '',
    'The doctor ends with the code of the first diagnosis:',
    '',
    ...classes,
  ].join('\n');
}

function variables() {
  const rows = documentedVariables.map(
    ({ names, meaning }) => `- ${names.map((name) => `\`${name}\``).join(', ')}: ${meaning}`,
  );
  return ['## Environment variables', '', ...rows].join('\n');
}

function makePage() {
  const terminal = { write() {}, note() {}, width: 80, env: {} };
  const program = createProgram({ api: { version: '' }, terminal, finish() {} });
  return `${[HEAD, ...program.commands.map((command) => `${section(command)}\n`), `${exitCodes()}\n`, variables()].join('\n')}\n`;
}

if (process.argv.includes('--print')) process.stdout.write(makePage());
else writeFileSync(join(root, 'lib/cli/README.md'), makePage());
