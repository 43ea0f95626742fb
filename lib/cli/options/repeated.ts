/**
 * Options that take one value and may be given several times. An option that takes many values at once would swallow the
 * arguments behind it.
 */
import { Option } from 'commander';

export function repeatedOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be repeated`).argParser(
    (value: string, earlier: string[] | undefined) => [...(earlier ?? []), value],
  );
}
