/**
 * What runs on each line of Node: every client before inject, with it, and after restore, against servers of the store
 * and their distrusted twins.
 */
const { inject } = require('../../dist/index.js');
const { attemptAll } = require('./clients.cjs');

const { trusted, distrusted, system } = JSON.parse(process.argv[2]);

async function main() {
  const attempts = async () => ({
    trusted: await attemptAll(trusted),
    distrusted: await attemptAll(distrusted),
  });
  const before = await attempts();
  const injection = inject({ system });
  const during = await attempts();
  const { strategy } = injection;
  injection.restore();
  const after = await attempts();
  process.stdout.write(`RESULT ${JSON.stringify({ before, during, after, strategy })}\n`);
  process.exit(0);
}

void main();
