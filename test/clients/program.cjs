/**
 * Runs on each line of Node: every client before inject, with it, and after restore, against servers of the store and
 * their distrusted twins; and clients with their own lists against these and a server of their own CA.
 */
const { inject } = require('../../dist/index.js');
const { attemptAll } = require('./clients.cjs');
const { attemptLists, makeClients } = require('./root-lists.cjs');

const { trusted, distrusted, own, proxy, system } = JSON.parse(process.argv[2]);

async function main() {
  const attempts = async () => ({
    trusted: await attemptAll(trusted),
    distrusted: await attemptAll(distrusted),
  });
  const urls = { trusted: trusted.web, distrusted: distrusted.web, own: own.url };
  const early = makeClients(own.pem, proxy);
  const before = await attempts();
  const lists = { before: await attemptLists(early, urls) };
  const injection = inject({ system });
  const during = await attempts();
  const late = makeClients(own.pem, proxy);
  lists['during, made before'] = await attemptLists(early, urls);
  lists['during, made then'] = await attemptLists(late, urls);
  const shapes = {
    'one text': (list) => list.join('\n'),
    bytes: (list) => list.map((pem) => Buffer.from(pem)),
  };
  for (const [shape, write] of Object.entries(shapes)) {
    lists[`during, as ${shape}`] = await attemptLists(makeClients(own.pem, proxy, write), urls);
  }
  inject({ system, rootLists: false });
  lists['with rootLists: false'] = await attemptLists(late, urls);
  const { strategy } = injection;
  injection.restore();
  const after = await attempts();
  lists['after, made before'] = await attemptLists(early, urls);
  lists['after, made during'] = await attemptLists(late, urls);
  process.stdout.write(`RESULT ${JSON.stringify({ before, during, after, lists, strategy })}\n`);
  process.exit(0);
}

void main();
