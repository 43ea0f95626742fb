/**
 * `os-truststore completion <shell>`: prints scripts made from the command's own definitions, so they are always up to date.
 */
import { Argument } from 'commander';
import type { Command, Option } from 'commander';

import type { CommandContext } from '../command.js';
import { ExitCode } from '../exit-code.js';

const shells = ['bash', 'zsh', 'fish', 'powershell'] as const;
type Shell = (typeof shells)[number];

interface CommandWords {
  name: string;
  description: string;
  options: {
    flags: string[];
    description: string;
    values: readonly string[];
    takesFile: boolean;
  }[];
  /** The possible values of the first argument, if they are known. */
  arguments: readonly string[];
  /** True when the arguments after it form a command line of their own. */
  takesCommand: boolean;
}

export function addCompletion(program: Command, { terminal, finish }: CommandContext): void {
  program
    .command('completion')
    .description('print a completion script for a shell')
    .addArgument(new Argument('<shell>', 'whose language to write').choices(shells))
    .addHelpText(
      'after',
      `
Examples:
  $ os-truststore completion bash >> ~/.bashrc
  $ os-truststore completion zsh > "\${fpath[1]}/_os-truststore"
  $ os-truststore completion fish | source
  > os-truststore completion powershell >> $PROFILE`,
    )
    .action((shell: Shell) => {
      const commands = program.commands.map(toWords);
      terminal.write(writers[shell](program.name(), commands));
      finish(ExitCode.OK);
    });
}

function toWords(command: Command): CommandWords {
  const [first] = command.registeredArguments;
  return {
    name: command.name(),
    description: command.description(),
    arguments: first?.argChoices ?? [],
    takesCommand: first?.name() === 'command',
    options: [...command.options, ...helpOption].map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      description: option.description,
      values: option.argChoices ?? [],
      takesFile: /<files?\W/.test(option.flags),
    })),
  };
}

type KnownOption = Pick<Option, 'description' | 'flags'> & {
  short?: string | undefined;
  long?: string | undefined;
  argChoices?: string[] | undefined;
};

const helpOption: readonly KnownOption[] = [
  { flags: '-h, --help', short: '-h', long: '--help', description: 'print help' },
];

type Writer = (program: string, commands: readonly CommandWords[]) => string;

const writers: Record<Shell, Writer> = { bash, zsh, fish, powershell };

function flagsOf({ options }: CommandWords): string[] {
  return options.flatMap(({ flags }) => flags);
}

function bash(program: string, commands: readonly CommandWords[]): string {
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, values: words, takesFile }) => {
      const cases = flags.map((flag) => `${name}:${flag}`).join('|');
      if (takesFile) return [`    ${cases}) COMPREPLY=($(compgen -f -- "$word")); return ;;`];
      if (words.length === 0) return [];
      return [`    ${cases}) COMPREPLY=($(compgen -W '${words.join(' ')}' -- "$word")); return ;;`];
    }),
  );
  const lists = commands.map((command) => {
    const words = [...command.arguments, ...flagsOf(command)].join(' ');
    // A word that is not an option is the name of a command; words after it are completed as files.
    const others = command.takesCommand
      ? ` [ "\${word:0:1}" = - ] || { if [ "$COMP_CWORD" -eq 2 ] || [ "$previous" = -- ]; then COMPREPLY=($(compgen -c -- "$word")); else COMPREPLY=($(compgen -f -- "$word")); fi; return; };`
      : '';
    return `    ${command.name})${others} words='${words}' ;;`;
  });
  return `# bash completion for ${program}
_os_truststore() {
  local word="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words
  case "\${COMP_WORDS[1]}:$previous" in
${values.join('\n')}
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words='${commands.map(({ name }) => name).join(' ')} help --help --version'
  else case "\${COMP_WORDS[1]}" in
${lists.join('\n')}
  esac; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -F _os_truststore ${program}
`;
}

/** Text for single quotes, with those characters escaped that have a meaning for _arguments. */
function zshText(text: string): string {
  return text
    .replace(/[[\]:]/g, '\\$&')
    .replaceAll("'", "'\\''")
    .replaceAll('`', '');
}

function zshAction({ flags, values, takesFile }: CommandWords['options'][number]): string {
  if (takesFile) return `:${flags[0] ?? ''}:_files`;
  return values.length === 0 ? '' : `:${flags[0] ?? ''}:(${values.join(' ')})`;
}

function zsh(program: string, commands: readonly CommandWords[]): string {
  const cases = commands.map((command) => {
    const options = command.options.flatMap((option) =>
      option.flags.map(
        (flag) => `      '${flag}[${zshText(option.description)}]${zshAction(option)}'`,
      ),
    );
    const first =
      command.arguments.length === 0 ? [] : [`      '1:argument:(${command.arguments.join(' ')})'`];
    const rest = command.takesCommand ? ["      '(-)*::command: _normal'"] : [];
    return `    ${command.name}) _arguments \\\n${[...options, ...first, ...rest].join(' \\\n')} ;;`;
  });
  const names = commands.map(({ name, description }) => `    '${name}:${zshText(description)}'`);
  return `#compdef ${program}
_os_truststore() {
  local -a commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = "_${program}" ]; then
  _os_truststore "$@"
else
  compdef _os_truststore ${program}
fi
`;
}

function fish(program: string, commands: readonly CommandWords[]): string {
  const quote = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const lines = commands.flatMap((command) => {
    const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
    const options = command.options.map(({ flags, description, values, takesFile }) => {
      const names = flags.map((flag) =>
        flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`,
      );
      const words = values.length === 0 ? '' : ` -x -a ${quote(values.join(' '))}`;
      const files = takesFile ? ' -r -F' : '';
      return `complete -c ${program} ${seen} ${names.join(' ')}${words}${files} -d ${quote(description)}`;
    });
    const words =
      command.arguments.length === 0
        ? []
        : [`complete -c ${program} ${seen} -a ${quote(command.arguments.join(' '))}`];
    const rest = command.takesCommand
      ? [`complete -c ${program} ${seen} -x -a '(__fish_complete_subcommand --fcs-skip=2)'`]
      : [];
    return [
      `complete -c ${program} -n __fish_use_subcommand -a ${command.name} -d ${quote(command.description)}`,
      ...options,
      ...words,
      ...rest,
    ];
  });
  return `# fish completion for ${program}\ncomplete -c ${program} -f\n${lines.join('\n')}\n`;
}

function powershell(program: string, commands: readonly CommandWords[]): string {
  const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const list = (words: readonly string[]): string => `@(${words.map(quote).join(', ')})`;
  const entries = commands.map(
    (command) =>
      `    ${quote(command.name)} = ${list([...command.arguments, ...flagsOf(command)])}`,
  );
  const values = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, values: words }) =>
      words.length === 0
        ? []
        : flags.map((flag) => `    ${quote(`${name} ${flag}`)} = ${list(words)}`),
    ),
  );
  return `# PowerShell completion for ${program}
Register-ArgumentCompleter -Native -CommandName ${program} -ScriptBlock {
  param($word, $ast, $cursor)
  $words = @{
${entries.join('\n')}
  }
  $values = @{
${values.join('\n')}
  }
  $given = @($ast.CommandElements | ForEach-Object { $_.ToString() })
  if ($word -ne '') { $given = @($given | Select-Object -SkipLast 1) }
  $found = $values["$($given[1]) $($given[-1])"]
  if (-not $found) { $found = if ($given.Count -lt 2) { $words.Keys } else { $words[$given[1]] } }
  $found | Where-Object { $_ -like "$word*" } | Sort-Object | ForEach-Object {
    [System.Management.Automation.CompletionResult]::new($_)
  }
}
`;
}
