import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runtimes } from '../tools/runtimes/runtimes.mjs';
import { assertRefused, assertWorks, project, run } from './company.mjs';

const files = ['fetch.cjs', 'fetch.mjs', 'fetch.mts', 'list-system-cas.mjs'];
const without = project(files, { without: true });
const within = project(files);

/** Node runs TypeScript itself since 22.18. */
const nodes = (file) =>
  file.endsWith('.mts') ? ['22', '24', '26'] : ['18', '20', '22', '24', '26'];

for (const file of files.slice(0, 3)) {
  for (const line of nodes(file)) {
    test(`${file} reaches the intranet on Node ${line}, and does not without us`, async () => {
      const node = runtimes[`node-${line}`];
      assertRefused(await run(node, [file], { cwd: without }));
      assertWorks(
        await run(node, [file], { cwd: within }),
        /^200 https:\/\/intranet\.example\/?$/m,
      );
    });
  }
}

test('list-system-cas.mjs prints what the machine trusts', async () => {
  const { status, output } = await run(process.execPath, ['list-system-cas.mjs'], { cwd: within });
  assert.equal(status, 0, output);
  assert.match(output, /^CN=Corp TLS Inspection Root\n1\d\d in all\n$/);
});
