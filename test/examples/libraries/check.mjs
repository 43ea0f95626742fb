import { test } from 'node:test';
import { assertWorks, project, run } from '../company.mjs';

test('a library trusts the machine for its own client and leaves the program as it is', async () => {
  const cwd = project(['libraries/library.cjs', 'libraries/program.cjs']);
  const expected = /^library 200\nprogram UNABLE_TO_GET_ISSUER_CERT_LOCALLY\n$/;
  assertWorks(await run(process.execPath, ['program.cjs'], { cwd }), expected);
});
