/**
 * Does one thing many times and reports what remains: heap, resident memory, handles. Run it with --expose-gc.
 */
const tls = require('node:tls');
const { createMemoryBinding } = require('../../dist-test/helpers/memory-binding.js');
const { inject, internals } = require('../../dist/index.js');

const { what, times, root, otherRoot } = JSON.parse(process.argv[2]);
const binding = createMemoryBinding({ anchors: [root] });
internals.setBindingForTests(binding);
const turn = () => new Promise((resolve) => setImmediate(resolve));

const loops = {
  /** As in a program that never uses TLS. */
  inject: async (count) => {
    for (let i = 0; i < count; i++) {
      inject({ watch: true, childProcesses: true }).restore();
      if (i % 50 === 0) await turn();
    }
  },
  /** Makes contexts each time, as a client does. */
  use: async (count) => {
    for (let i = 0; i < count; i++) {
      const injection = inject();
      const { checkServerIdentity } = tls;
      tls.createSecureContext({ rejectUnauthorized: true, checkServerIdentity, minDHSize: 1024 });
      await turn();
      injection.restore();
    }
  },
  /** Reloads a set in use; every tenth reload finds a change. */
  reload: async (count) => {
    const injection = inject();
    tls.createSecureContext();
    await turn();
    for (let i = 0; i < count; i++) {
      if (i % 1000 === 0) {
        binding.setStore({ anchors: i % 2000 === 0 ? [root, otherRoot] : [root] });
      }
      await injection.reload();
    }
    injection.restore();
  },
};

async function collect() {
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, rss } = process.memoryUsage();
  return { heapUsed, rss, handles: process.getActiveResourcesInfo().sort() };
}

async function main() {
  binding.setDelay(0);
  await loops[what](Math.ceil(times / 10));
  const before = await collect();
  await loops[what](times);
  const after = await collect();
  const mib = (bytes) => bytes / 1024 / 1024;
  process.stdout.write(
    `RESULT ${JSON.stringify({
      heapMiB: mib(after.heapUsed - before.heapUsed),
      rssMiB: mib(after.rss - before.rss),
      handlesBefore: before.handles,
      handlesAfter: after.handles,
    })}\n`,
  );
  process.exit(0);
}

void main();
