/**
 * Runs the examples as a user would: on a machine behind a company's proxy, with the package as npm installs it, and first
 * without it, where each must be refused.
 *
 *   node test/examples/run.mjs [recipe]...
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter } from './world.mjs';

const program = fileURLToPath(import.meta.url);
const folder = path.dirname(program);

if (process.env.EXAMPLES_SCRATCH === undefined) {
  process.exitCode = enter(program, process.argv.slice(2));
} else {
  const { openCompany, scratch } = await import('./company.mjs');
  const { registry } = await import('./registry.mjs');
  const { after } = await import('node:test');
  const packages = registry(scratch);
  const company = await openCompany((request, response) => {
    response.setHeader('connection', 'close');
    if (request.headers.host === 'registry.example') packages(request, response);
    else response.end('{"answer":42}\n');
  });
  after(() => company.close());
  const chosen = process.argv.slice(2);
  const checks = readdirSync(folder, { recursive: true }).filter((file) =>
    /check\.mjs$/.test(file),
  );
  for (const file of checks) {
    if (chosen.length === 0 || chosen.some((name) => file.startsWith(name))) {
      await import(`./${file}`);
    }
  }
}
