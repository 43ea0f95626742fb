/**
 * Connects to three servers from many clients at once while the store changes: one whose root is always there, one
 * whose root comes and goes, one whose root is never trusted. Reports what went wrong.
 */
const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');
const { inject } = require('../../dist/index.js');

const { seconds, clients, directory, file, roots, urls } = JSON.parse(process.argv[2]);
/** The time within which a change must be noticed; connections begun in it may go either way. */
const noticeMs = 3000;

const counts = { accepted: 0, refused: 0, changes: 0 };
const problems = [];
let present = false;
let changedAt = performance.now();

function replaceStore() {
  present = !present;
  changedAt = performance.now();
  const text = present ? roots.steady + roots.coming : roots.steady;
  const temporary = path.join(directory, '.new');
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}

function connect(url) {
  return new Promise((resolve) => {
    https
      .get(url, { agent: false }, (response) => response.resume().on('end', () => resolve('ok')))
      .on('error', (error) => resolve(error.code));
  });
}

const isRefusal = (code) => /^(UNABLE_TO_|SELF_SIGNED|CERT_)/.test(code);

async function attempt(name) {
  const expected = present;
  const begun = performance.now();
  const settled = begun - changedAt > noticeMs;
  const code = await connect(urls[name]);
  const undisturbed = settled && changedAt < begun;
  if (code === 'ok') counts.accepted++;
  else counts.refused++;
  const wrong =
    name === 'steady'
      ? code !== 'ok'
      : name === 'never'
        ? !isRefusal(code)
        : undisturbed && (expected ? code !== 'ok' : !isRefusal(code));
  if (wrong && problems.length < 20) problems.push(`${name}: ${code}`);
}

async function client(index, until) {
  const names = ['steady', 'coming', 'never'];
  for (let i = index; performance.now() < until; i++) await attempt(names[i % names.length]);
}

async function main() {
  const injection = inject({ watch: true });
  injection.on('change', () => counts.changes++);
  await injection.ready;
  const until = performance.now() + seconds * 1000;
  // Changes mostly every second, with some pauses long enough to look at the outcome.
  let tick = 0;
  const changing = setInterval(() => {
    if (tick++ % 12 < 6) replaceStore();
  }, 1000);
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index, until)));
  clearInterval(changing);
  injection.restore();
  process.stdout.write(`RESULT ${JSON.stringify({ ...counts, problems })}\n`);
  process.exit(0);
}

void main();
