import assert from 'node:assert/strict';
import { win32 } from 'node:path';
import { test } from 'node:test';

import { windowsCommand } from '../../dist/cli/shells/windows-command.js';
import type { WindowsProcess } from '../../dist/cli/shells/windows-command.js';

const env = {
  Path: 'relative;;C:\\one;"C:\\with space"',
  PATHEXT: '.COM;.EXE;.BAT;.CMD;.VBS;.JS',
  SystemRoot: 'C:\\WINDOWS',
};

function find(name: string, ...files: string[]): WindowsProcess | undefined {
  return windowsCommand(name, ['x'], env, (path) => files.includes(path));
}

test('a program is found in PATH, by the endings that can be run, in their order', () => {
  assert.equal(find('tool', 'C:\\with space\\tool.EXE')?.file, 'C:\\with space\\tool.EXE');
  assert.equal(find('tool', 'C:\\one\\tool.EXE', 'C:\\one\\tool.CMD')?.file, 'C:\\one\\tool.EXE');
  assert.equal(find('tool.exe', 'C:\\one\\tool.exe')?.file, 'C:\\one\\tool.exe');
  assert.equal(find('tool.exe', 'C:\\one\\tool.exe.CMD')?.file, 'C:\\WINDOWS\\System32\\cmd.exe');
  assert.equal(find('tool', 'C:\\one\\tool.VBS', 'C:\\one\\tool.JS', 'C:\\one\\tool'), undefined);
});

test('neither the current directory nor a relative one of PATH is looked at', () => {
  const here = ['tool.EXE', '.\\tool.EXE', win32.resolve('tool.EXE'), 'relative\\tool.EXE'];
  assert.equal(find('tool', ...here, win32.resolve('relative\\tool.EXE')), undefined);
  const named = find('.\\tool', win32.resolve('tool.EXE'));
  assert.equal(named?.file, win32.resolve('tool.EXE'));
});

test('arguments of a program stay a list', () => {
  assert.deepEqual(find('tool', 'C:\\one\\tool.EXE'), {
    file: 'C:\\one\\tool.EXE',
    args: ['x'],
    verbatim: false,
  });
});

function batchLine(...args: string[]): string {
  const found = windowsCommand('tool', args, env, (path) => path === 'C:\\one\\tool.CMD');
  assert.ok(found);
  assert.equal(found.file, 'C:\\WINDOWS\\System32\\cmd.exe');
  assert.equal(found.verbatim, true);
  assert.deepEqual(found.args.slice(0, 4), ['/e:ON', '/v:OFF', '/d', '/c']);
  const [line = ''] = found.args.slice(4);
  assert.match(line, /^"".*"$/);
  return line.slice('""C:\\one\\tool.CMD"'.length, -1);
}

test('arguments of a batch file stay inside of quotes', () => {
  const cases: [string, string][] = [
    ['plain', ' "plain"'],
    ['', ' ""'],
    ['a b&calc|<>^()!', ' "a b&calc|<>^()!"'],
    ['"&calc&"', ' """&calc&"""'],
    ['\\"', ' "\\\\"""'],
    ['C:\\dir\\', ' "C:\\dir\\\\"'],
    ['%PATH%', ' "%%cd:~,%PATH%%cd:~,%"'],
  ];
  for (const [argument, expected] of cases) assert.equal(batchLine(argument), expected);
  assert.equal(batchLine('a', 'b'), ' "a" "b"');
});

/** cmd.exe acts on these outside of quotes; an even number of the line's own quotes must precede each of them. */
test('nothing cmd.exe acts on ever stands outside of quotes', () => {
  const pieces = ['"', '""', '\\', '\\"', '&', '|', 'a', ' ', '^', '%', '<'];
  for (const first of pieces) {
    for (const second of pieces) {
      for (const third of pieces) {
        let inside = false;
        for (const character of batchLine(`${first}${second}${third}`)) {
          if (character === '"') inside = !inside;
          else if (!inside) assert.equal(character, ' ');
        }
        assert.equal(inside, false);
      }
    }
  }
});

test('a line break cannot be handed to a batch file, and is refused', () => {
  for (const argument of ['a\nb', 'a\rb', 'a\0b']) {
    assert.throws(() => batchLine(argument), { code: 'ERR_TRUSTSTORE_INVALID_ARGUMENT' });
  }
});

test('without PATHEXT and SystemRoot the usual ones count', () => {
  const found = windowsCommand(
    'tool',
    [],
    { PATH: 'C:\\one' },
    (path) => path === 'C:\\one\\tool.BAT',
  );
  assert.equal(found?.file, 'C:\\Windows\\System32\\cmd.exe');
  assert.equal(
    windowsCommand('tool', [], {}, () => true),
    undefined,
  );
});
