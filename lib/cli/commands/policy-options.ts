/**
 * What `list` and `export` have in common: which certificates are meant.
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
