/**
 * Reports missing tools. A program that imports this ends with one line that names what is missing, without a stack,
 * because that is not a bug.
 */
import { spawnSync } from 'node:child_process';

export class Missing extends Error {}

process.on('uncaughtException', (error) => {
  console.error(error instanceof Missing ? error.message : error);
  process.exit(1);
});

/** @param packages - Debian's packages, by the command they bring */
export function needCommands(packages) {
  const missing = Object.keys(packages).filter(
    (command) => spawnSync(command, ['--version']).error !== undefined,
  );
  if (missing.length === 0) return;
  const install = [...new Set(missing.map((command) => packages[command]))].join(' ');
  throw new Missing(`not found: ${missing.join(', ')} (Debian, Ubuntu: apt install ${install})`);
}
