import { expect, test } from 'vitest';

test('the intranet answers', async () => {
  expect((await fetch('https://intranet.example')).status).toBe(200);
});
