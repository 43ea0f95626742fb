/**
 * The options that `list` and `export` share: which certificates are meant.
 */
import { Option } from 'commander';
import type { Command } from 'commander';

export function addPolicyOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--purpose <purpose>', 'what the certificates are wanted for')
        .choices(['server-auth', 'client-auth', 'any'])
        .default('server-auth'),
    )
    .option('--expired', 'include certificates outside their validity period');
}
