/**
 * Tests `os-truststore run` and `env` in Windows' own node.exe: programs, and batch files with arguments that look like
 * commands.
 */
import assert from 'node:assert/strict';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { Prefix, setup, windowsPath } from './wine';
import type { RunResult } from './wine';

const line = '22';
const awkward = ['plain', '', 'a b', 'C:\\dir\\', 'a^b', 'a&echo pwned', '"&echo pwned&"', 'x"y'];

describe('the command on Windows', () => {
  let prefix: Prefix;
  let cache: string;

  const command = (...args: string[]): Promise<RunResult> => {
    const main = windowsPath(path.join(setup.shipped, 'dist/cli/main.js'));
    return prefix.run(setup.nodes[line] ?? line, [main, ...args], { LOCALAPPDATA: cache });
  };

  before(() => {
    prefix = new Prefix();
    cache = windowsPath(path.dirname(prefix.file('cache.txt', '')));
    prefix.file(
      'print.js',
      `require('node:fs').writeSync(1, 'ARGS ' + JSON.stringify(process.argv.slice(2)) + ' ' +
        JSON.stringify(process.env.SSL_CERT_FILE) + '\\n'); process.exitCode = 7;`,
    );
  });
  after(() => {
    prefix.remove();
  });

  const argumentsOf = ({ output }: RunResult): string[] => {
    assert.doesNotMatch(output, /^pwned/m);
    const [, list = '', bundle = ''] = /^ARGS (\[.*\]) (".*")/m.exec(output) ?? [];
    assert.notEqual(list, '', output);
    assert.match(JSON.parse(bundle) as string, /\\os-truststore\\ca-bundle-[0-9a-f]{32}\.pem$/);
    return JSON.parse(list) as string[];
  };

  it('runs a program with its arguments, and ends with its exit code', async () => {
    const script = windowsPath(prefix.file('direct.js', `require('./print.js')`));
    const result = await command(
      'run',
      '--',
      setup.nodes[line] ?? line,
      script,
      ...awkward,
      '%OS%',
    );
    assert.deepEqual(argumentsOf(result), [...awkward, '%OS%']);
    assert.equal(result.code, 7);
  });

  it('runs a batch file, which hands on what it is given', async () => {
    const node = windowsPath(setup.nodes[line] ?? line);
    const script = windowsPath(prefix.file('direct.js', `require('./print.js')`));
    const batch = prefix.file('tool.cmd', `@"${node}" "${script}" %*\r\n`);
    const result = await command('run', '--', windowsPath(batch), ...awkward);
    assert.deepEqual(argumentsOf(result), awkward);
    assert.equal(result.code, 7);
  });

  it('finds nothing in the current directory, and says so', async () => {
    const { code, output } = await command('run', '--', 'no-such-command');
    assert.equal(code, 127, output);
  });

  it('prints the variables for PowerShell by default', async () => {
    const { code, output } = await command('env');
    assert.equal(code, 0, output);
    assert.match(
      output,
      /^\$env:SSL_CERT_FILE = '.*\\os-truststore\\ca-bundle-[0-9a-f]{32}\.pem'/m,
    );
    assert.match(output, /^# Java: .*Windows-ROOT/m);
  });
});
