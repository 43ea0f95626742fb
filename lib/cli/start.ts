/**
 * Runs the command line on the streams of this process.
 */
import type { CliApi } from './api.js';
import { ExitCode } from './exit-code.js';
import { run } from './program.js';
import { reportError } from './report-error.js';
import { createTerminal, handleClosedPipes } from './terminal/terminal.js';

export function start(api: CliApi): void {
  const terminal = createTerminal(process.stdout, process.stderr, process.env);
  handleClosedPipes((error) => {
    const message = `the output cannot be written: ${error.message}`;
    reportError({ ...error, message, remedy: 'Send it elsewhere.' }, terminal);
    process.exit(ExitCode.CANNOT_WRITE);
  });
  // process.exit() is not used, because it would lose output that is still on its way into a pipe.
  void run(process.argv.slice(2), api, terminal).then((exitCode) => {
    process.exitCode = exitCode;
  });
}
