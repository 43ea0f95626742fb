/**
 * Runs everything beyond `npm test` that this machine can check: every Node line, Bun, Deno, another architecture and C
 * library, the foreign platforms, sanitizers, fuzzing, the packed tarball.
 *
 *   node test/tools/matrix.mjs [--summary=FILE] [lane]...
 *
 * Lanes run two at a time and each writes a log. A lane that fails or does not run fails the matrix.
 */
import { spawn } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { muslBun } from './musl-bun.mjs';
import { nodeVersions, runtimes } from './runtimes/runtimes.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const logs = path.join(root, 'node_modules/.cache/os-truststore/matrix');
const laneTimeoutMs = 15 * 60_000;
const parallel = Math.max(1, Math.min(2, os.cpus().length));
const tailLines = 60;

const node = process.execPath;
const summaryOf = (version) => path.join(logs, `node-${version}.json`);
const script = (file, ...args) => [node, file, ...args];
const conformance = (mode, ...command) => script('test/tools/conformance.mjs', mode, ...command);
const denoFlags = [
  'run',
  '--no-prompt',
  '--allow-read',
  '--allow-env',
  '--allow-ffi',
  '--allow-sys',
];
const arm64 = ['qemu-aarch64', '-L', '/usr/aarch64-linux-gnu', runtimes['node-24-arm64']];

const here = process.versions.node.split('.')[0];
const injection = [
  ...['addon', 'base', 'certificate', 'chain', 'files', 'inject', 'runtime', 'trust'].map(
    (room) => `test/${room}`,
  ),
  'test/verify/inject.test.ts',
];
/**
 * These run only some tests: line 22 and the versions between the lines, which are tested for what their node:tls and
 * node:module lack, and the line this runs on, because .ci/run runs everything on it before. 22.15 stands for the lines that
 * have module hooks and no default list to set; of the others only what starts, connects and inherits differs.
 */
const between = [
  'test/runtime',
  'test/addon',
  ...['start', 'first-answer', 'flags', 'register', 'neighbours'].map(
    (name) => `test/inject/${name}.test.ts`,
  ),
  'test/inject/reach',
];
const parts = {
  22.12: between,
  22.15: [
    ...injection,
    '--without=test/inject/builtins.test.ts,test/inject/distrust/distrust-matrix.test.ts',
  ],
  22: injection,
  24.4: between,
  [here]: ['test/runtime'],
};

const nodeLane = (version) => ({
  name: `node-${version}`,
  after: ['tools'],
  commands: [
    [
      runtimes[`node-${version}`],
      'test/tools/run-tests.mjs',
      '--concurrency=1',
      `--summary=${summaryOf(version)}`,
      ...(parts[version] ?? []),
    ],
    conformance('compare', runtimes[`node-${version}`]),
  ],
});

/** `after` names the lanes whose output a lane needs; `commands` run one after the other. Long lanes come first. */
const lanes = [
  {
    name: 'tools',
    commands: [
      script('test/tools/runtimes/runtimes.mjs'),
      script('native/prebuild/install-pinned.mjs', 'native/prebuild'),
      // Three lanes need it, possibly at the same time.
      script('native/prebuild/install-pinned.mjs', 'test/clients'),
      script('native/prebuild/install-pinned.mjs', 'test/programs'),
    ],
  },
  {
    name: 'prebuild',
    after: ['tools'],
    commands: [
      script('native/prebuild/build.mjs'),
      script('native/prebuild/check.mjs'),
      script('test/tools/install-packed.mjs'),
    ],
  },
  {
    name: 'programs',
    after: ['tools'],
    commands: ['20', '22', '24', '26'].map((line) => script('test/programs/run.mjs', line)),
  },
  { name: 'lint', commands: [['npm', 'run', '--silent', 'lint']] },
  { name: 'windows', after: ['tools'], commands: [script('test/windows/run.mjs')] },
  {
    name: 'macos-fake',
    after: ['prebuild'],
    commands: [script('test/macos/run.mjs', '--prebuilt')],
  },
  { name: 'sanitizers', commands: [script('test/tools/native-sanitize.mjs')] },
  { name: 'fuzz', commands: [script('test/tools/fuzz.mjs', '--seconds=10')] },
  ...nodeVersions.map(nodeLane),
  {
    name: 'bun',
    after: ['tools'],
    commands: [
      conformance('compare', runtimes.bun),
      script('test/inject/other-runtimes.mjs', 'bun', runtimes.bun),
      [runtimes.bun, 'test/first-use/other-runtimes.mjs'],
    ],
  },
  {
    name: 'deno',
    after: ['tools'],
    commands: [
      conformance('compare', runtimes.deno, ...denoFlags),
      script('test/inject/other-runtimes.mjs', 'deno', runtimes.deno, 'run', '-A'),
      [runtimes.deno, ...denoFlags, 'test/first-use/other-runtimes.mjs'],
    ],
  },
  {
    name: 'platform-tools',
    commands: [
      script('test/platform-tools/p11-kit.mjs', '--seeds=5'),
      script('test/platform-tools/debian.mjs', '--seeds=5'),
      script('test/platform-tools/openssl.mjs'),
    ],
  },
  { name: 'differential', after: ['tools'], commands: [script('test/differential/run.mjs')] },
  { name: 'clients', after: ['tools'], commands: [script('test/clients/run.mjs')] },
  {
    name: 'doctor',
    commands: [script('test/tools/run-tests.mjs', '--file-timeout=480', 'test/doctor')],
  },
  { name: 'report', commands: [script('test/tools/run-tests.mjs', 'test/report')] },
  {
    name: 'verify',
    after: ['tools'],
    commands: ['18', '20', '22', '24', '26'].map((version) => [
      runtimes[`node-${version}`],
      'test/tools/run-tests.mjs',
      'test/verify-table',
    ]),
  },
  {
    // test/inject runs a share of it on every line.
    name: 'distrust',
    after: ['tools'],
    commands: [
      [
        runtimes['node-26'],
        'test/tools/run-tests.mjs',
        '--file-timeout=800',
        'test/distrust-table',
      ],
    ],
  },
  {
    name: 'random',
    after: ['tools'],
    commands: ['18', '20', '22', '24', '26'].map((version) =>
      script(
        'test/inject/random-programs.mjs',
        '--count=60',
        `--node=${runtimes[`node-${version}`]}`,
      ),
    ),
  },
  { name: 'soak', commands: [script('test/inject/soak.mjs')] },
  {
    name: 'packaging',
    after: ['prebuild'],
    commands: [
      script('native/prebuild/reproduce.mjs'),
      script('test/tools/package-managers/managers.mjs'),
      script('native/prebuild/install-pinned.mjs', 'test/tools/bundlers'),
      script('test/tools/run-tests.mjs', '--file-timeout=600', 'test/packaging'),
    ],
  },
  { name: 'examples', after: ['prebuild'], commands: [script('test/examples/run.mjs')] },
  { name: 'arm64', after: ['prebuild'], commands: [conformance('compare-packed', ...arm64)] },
  {
    name: 'musl',
    after: ['prebuild'],
    commands: [script('test/tools/musl-bun.mjs'), conformance('compare-packed', muslBun)],
  },
];

class Lane {
  constructor({ name, after = [], commands }) {
    Object.assign(this, { name, after, commands, state: 'waiting', seconds: 0 });
    this.log = path.join(logs, `${name}.log`);
  }

  async run() {
    this.state = 'running';
    const started = Date.now();
    const output = openSync(this.log, 'w');
    try {
      for (const command of this.commands) await runCommand(command, output);
      this.state = 'passed';
    } catch (error) {
      this.state = 'failed';
      this.reason = error.message;
    } finally {
      closeSync(output);
      this.seconds = Math.round((Date.now() - started) / 1000);
    }
  }

  report() {
    console.log(
      `${this.state.padEnd(8)} ${this.name.padEnd(14)} ${String(this.seconds).padStart(4)} s  ${this.reason ?? ''}`,
    );
    if (this.state !== 'failed' || !existsSync(this.log)) return;
    const lines = readFileSync(this.log, 'utf8').trimEnd().split('\n');
    console.log(
      lines
        .slice(-tailLines)
        .map((line) => `    ${line}`)
        .join('\n'),
    );
  }
}

function runCommand([command, ...args], output) {
  return new Promise((resolve, reject) => {
    // A process group of its own, so that a lane that hangs is killed with everything it started.
    const child = spawn(command, args, {
      cwd: root,
      detached: true,
      stdio: ['ignore', output, output],
    });
    const shown = [path.basename(command), ...args].join(' ');
    const timer = setTimeout(() => {
      reject(new Error(`${shown} took longer than ${laneTimeoutMs / 60_000} minutes`));
      process.kill(-child.pid, 'SIGKILL');
    }, laneTimeoutMs);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve();
      else reject(new Error(`${shown} ended with ${signal ?? code}`));
    });
  });
}

/** Returns the chosen lanes and those they need. */
function select(names) {
  if (names.length === 0) return lanes;
  const wanted = new Set();
  const add = (name) => {
    const lane = lanes.find((candidate) => candidate.name === name);
    if (lane === undefined) {
      throw new Error(`no lane ${name}; there are ${lanes.map((l) => l.name).join(', ')}`);
    }
    (lane.after ?? []).forEach(add);
    wanted.add(lane);
  };
  names.forEach(add);
  return lanes.filter((lane) => wanted.has(lane));
}

async function runAll(all) {
  const find = (name) => all.find((lane) => lane.name === name);
  const running = new Set();
  for (;;) {
    for (const lane of all.filter(({ state }) => state === 'waiting')) {
      const states = lane.after.map((name) => find(name).state);
      if (states.some((state) => state === 'failed' || state === 'not run')) {
        Object.assign(lane, { state: 'not run', reason: `needs ${lane.after.join(', ')}` });
        lane.report();
      } else if (running.size < parallel && states.every((state) => state === 'passed')) {
        const work = lane.run().then(() => {
          running.delete(work);
          lane.report();
        });
        running.add(work);
      }
    }
    if (running.size === 0 && all.every(({ state }) => state !== 'waiting')) return;
    await Promise.race(running);
  }
}

/** Finds tests that every line skips, because those never run. */
function skippedEverywhere(all) {
  const versions = nodeVersions.filter((version) => !(version in parts));
  const files = versions.map(summaryOf).filter((file) => existsSync(file));
  if (all.length < lanes.length || files.length < versions.length) return [];
  const [first, ...others] = files.map(
    (file) => new Set(JSON.parse(readFileSync(file, 'utf8')).skipped.map(({ test }) => test)),
  );
  return [...first].filter((test) => others.every((skipped) => skipped.has(test)));
}

async function main() {
  const args = process.argv.slice(2);
  const summary = args.find((arg) => arg.startsWith('--summary='))?.slice('--summary='.length);
  rmSync(logs, { recursive: true, force: true });
  mkdirSync(logs, { recursive: true });
  const all = select(args.filter((arg) => !arg.startsWith('--'))).map((lane) => new Lane(lane));
  const started = Date.now();
  await runAll(all);
  const skipped = skippedEverywhere(all);
  for (const test of skipped) console.log(`skipped in every lane: ${test}`);
  const passed = all.filter(({ state }) => state === 'passed').length;
  const failed = all.length - passed + skipped.length;
  const seconds = Math.round((Date.now() - started) / 1000);
  console.log(`logs in ${path.relative(root, logs)}, ${seconds} s`);
  console.log(`matrix: ${passed} passed, ${failed} failed`);
  if (summary !== undefined) writeFileSync(summary, JSON.stringify({ passed, failed }));
  process.exitCode = failed > 0 ? 1 : 0;
}

await main();
