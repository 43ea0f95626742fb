import assert from 'node:assert/strict';
import { test } from 'node:test';

import { runFake } from './run-cli.js';

const locations = [
  {
    kind: 'file',
    location: '/etc/ssl/certs/ca-certificates.crt',
    origin: 'debian',
    state: 'read',
    certificates: 144,
  },
  {
    kind: 'directory',
    location: '/etc/none',
    origin: 'openssl',
    state: 'missing',
    certificates: 0,
  },
] as const;

test('paths shows each location with its state and count, and the variables that matter', (t) => {
  const { status, stdout } = runFake(
    t,
    { certificates: [], locations: [...locations] },
    ['paths'],
    {
      SSL_CERT_DIR: '/srv/certs',
    },
  );
  assert.equal(status, 0);
  assert.match(stdout, /^ {2}read +144 +\/etc\/ssl\/certs\/ca-certificates\.crt +debian$/m);
  assert.match(stdout, /^ {2}missing +\/etc\/none +openssl$/m);
  assert.match(stdout, /^ {2}SSL_CERT_DIR +\/srv\/certs$/m);
  assert.match(stdout, /^ {2}SSL_CERT_FILE +not set$/m);
});

test('paths --json is one document', (t) => {
  const { stdout } = runFake(t, { certificates: [], locations: [...locations] }, [
    'paths',
    '--json',
  ]);
  const json = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual(json.locations, locations);
  assert.deepEqual([json.kind, json.schemaVersion], ['paths', 1]);
  assert.deepEqual(Object.keys(json), [
    'kind',
    'schemaVersion',
    'strategy',
    'openssl',
    'locations',
    'distrust',
    'userDirectory',
    'environment',
    'errors',
  ]);
});

test('places of other systems stay aside, and long names of them never cut a path', (t) => {
  const path = `/opt/${'long/'.repeat(12)}certs`;
  const store = {
    certificates: [],
    locations: [
      { ...locations[0], location: path, origin: 'a distribution with quite a long name' },
      { ...locations[1], state: 'not-needed', location: '/elsewhere' } as const,
    ],
  };
  const { stdout } = runFake(t, store, ['paths']);
  assert.ok(stdout.includes(path));
  assert.doesNotMatch(stdout, /elsewhere/);
  assert.match(stdout, /^ {2}1 more place not needed here \(--all\)$/m);
  assert.match(runFake(t, store, ['paths', '--all']).stdout, /^ {2}not-needed +\/elsewhere/m);
});
