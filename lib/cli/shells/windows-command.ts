/**
 * Prepares a command for Windows: finds its file as a shell would, but never in the current directory, and gives batch files
 * arguments that `cmd.exe` cannot read as commands. Pure, except that it checks which files exist.
 */
import { statSync } from 'node:fs';
import { win32 } from 'node:path';

import { invalidArgument } from '../../errors.js';
import type { Environment } from '../../types.js';

export interface WindowsProcess {
  file: string;
  args: readonly string[];
  /** True when the arguments are parts of a command line already and must not be quoted again. */
  verbatim: boolean;
}

type Exists = (path: string) => boolean;

/**
 * Undefined when there is no such program. The operating system is not asked, because it would look in the current directory.
 *
 * @throws TruststoreError `ERR_TRUSTSTORE_INVALID_ARGUMENT` for an argument that a batch file cannot receive
 */
export function windowsCommand(
  name: string,
  args: readonly string[],
  env: Environment,
  exists: Exists = isFile,
): WindowsProcess | undefined {
  const file = findProgram(name, env, exists);
  if (file === undefined) return undefined;
  if (!/\.(?:cmd|bat)$/i.test(file)) return { file, args, verbatim: false };
  return {
    file: win32.join(variable(env, 'SystemRoot') ?? 'C:\\Windows', 'System32', 'cmd.exe'),
    // Turns extensions on and delayed expansion off, whatever the registry says, and skips AutoRun.
    args: ['/e:ON', '/v:OFF', '/d', '/c', `"${batchCommandLine(file, args)}"`],
    verbatim: true,
  };
}

function variable(env: Environment, name: string): string | undefined {
  const found = Object.keys(env).find((key) => key.toUpperCase() === name.toUpperCase());
  return found === undefined ? undefined : env[found];
}

/** The extensions that CreateProcess and cmd.exe run without help, of those that PATHEXT lists. */
const executable = /^\.(?:com|exe|bat|cmd)$/i;
const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

function findProgram(name: string, env: Environment, exists: Exists): string | undefined {
  const extensions = (variable(env, 'PATHEXT') ?? DEFAULT_EXTENSIONS)
    .split(';')
    .filter((extension) => executable.test(extension));
  const isComplete = executable.test(win32.extname(name));
  const endings = isComplete ? ['', ...extensions] : extensions;
  return places(name, env)
    .flatMap((place) => endings.map((ending) => `${place}${ending}`))
    .find(exists);
}

/**
 * A name with a directory means that file alone. Relative entries of PATH depend on the current directory, so they are
 * skipped.
 */
function places(name: string, env: Environment): string[] {
  if (/[\\/:]/.test(name)) return [win32.resolve(name)];
  return (variable(env, 'Path') ?? '')
    .split(';')
    .map((entry) => entry.replaceAll('"', ''))
    .filter((entry) => win32.isAbsolute(entry))
    .map((entry) => win32.join(entry, name));
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function batchCommandLine(file: string, args: readonly string[]): string {
  return [file, ...args].map(batchArgument).join(' ');
}

/**
 * Always quotes the argument and doubles its quotes. cmd.exe reads the line once for the call, and again where the batch file
 * passes `%*` on, and stays inside the quotes both times. A percent sign would be expanded even there, so `%cd:~,%` follows
 * it: the empty part of a variable that always exists, which keeps the sign from beginning a name.
 */
function batchArgument(argument: string): string {
  if (/[\r\n\0]/.test(argument)) {
    throw invalidArgument('an argument for a batch file', 'on one line', argument);
  }
  const quoted = argument
    .replace(/(\\*)"/g, '$1$1""')
    .replace(/(\\+)$/, '$1$1')
    .replaceAll('%', '%%cd:~,%');
  return `"${quoted}"`;
}
