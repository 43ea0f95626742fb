/**
 * Checks by stat() alone that nothing changed: every kind of change must be noticed, and nothing else.
 */
import assert from 'node:assert/strict';
import { appendFileSync, chmodSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { loadAddon } from '../../dist/addon/load-addon.js';
import type { NativeReadRequest } from '../../dist/addon/native-binding.js';
import { createCertificate } from '../helpers/pki.js';
import * as roots from '../helpers/roots.js';
import { type Named, RootTree } from '../helpers/roots.js';

const unix = process.platform !== 'win32' && process.platform !== 'darwin';
const skip = unix ? false : 'this backend reads Linux and other Unix systems';

let alpha: Named[string];
let beta: Named[string];

before(async () => {
  alpha = await createCertificate({ commonName: 'Alpha Root' });
  beta = await createCertificate({ commonName: 'Beta Root' });
});

/** A store that was read just after its last change is not considered current; this wait is longer than that. */
const SETTLED_MS = 200;

interface TestContext {
  after(fn: () => void): void;
}

const DEBIAN_FILE = '/usr/share/ca-certificates/mozilla/alpha.crt';

/** Replaces a file the way package managers do. */
function replace(tree: RootTree, path: string, content: string): void {
  writeFileSync(tree.host(`${path}.new`), content);
  renameSync(tree.host(`${path}.new`), tree.host(path));
}

interface Change {
  name: string;
  build?: (tree: RootTree) => void;
  request?: NativeReadRequest;
  change: (tree: RootTree) => void;
  /** By default it is no longer current. */
  stillCurrent?: true;
}

const debian = (tree: RootTree): void => {
  roots.debian(tree, { alpha });
};

/** Lines of removed packages stay: one names an existing directory, one a missing directory. */
function deselected(tree: RootTree): void {
  const conf = 'mozilla/alpha.crt\n!mozilla/later.crt\n!gone/later.crt\n';
  roots.debian(tree, { alpha }, { conf });
}

/** A mounted ConfigMap: its files are links through ..data, which the kubelet swaps. */
function kubernetes(tree: RootTree): void {
  tree.file('/etc/ssl/certs/..2026_01/ca.crt', alpha.pem);
  tree.link('/etc/ssl/certs/..data', '..2026_01');
  tree.link('/etc/ssl/certs/ca.crt', '..data/ca.crt');
}

const changes: Change[] = [
  { name: 'nothing', change: () => undefined, stillCurrent: true },
  {
    name: 'the bundle is replaced',
    change: (tree) => {
      replace(tree, '/etc/ssl/certs/ca-certificates.crt', alpha.pem + beta.pem);
    },
  },
  {
    name: 'the bundle grows in place',
    change: (tree) => {
      appendFileSync(tree.host('/etc/ssl/certs/ca-certificates.crt'), beta.pem);
    },
  },
  {
    name: 'a file behind a link is replaced',
    change: (tree) => {
      replace(tree, DEBIAN_FILE, beta.pem);
    },
  },
  {
    name: 'a file behind a link is written in place with the same size and its time put back',
    change: (tree) => {
      const length = alpha.pem.length;
      writeFileSync(tree.host(DEBIAN_FILE), 'x'.repeat(length));
      utimesSync(tree.host(DEBIAN_FILE), 1, 1);
    },
  },
  {
    name: 'a file behind a link is removed',
    change: (tree) => {
      tree.delete(DEBIAN_FILE);
    },
  },
  {
    name: 'a file is added to the CA directory',
    change: (tree) => {
      tree.file('/etc/ssl/certs/beta.pem', beta.pem);
    },
  },
  {
    name: 'a link is removed from the CA directory',
    change: (tree) => {
      tree.delete('/etc/ssl/certs/alpha.pem');
    },
  },
  {
    name: 'a link of the CA directory is retargeted',
    change: (tree) => {
      tree.file('/opt/beta.crt', beta.pem).delete('/etc/ssl/certs/alpha.pem');
      tree.link('/etc/ssl/certs/alpha.pem', '/opt/beta.crt');
    },
  },
  {
    name: 'a link on the way to the CA directory is retargeted',
    build: (tree) => {
      tree.file('/var/one/alpha.pem', alpha.pem).file('/var/two/alpha.pem', alpha.pem);
      tree.link('/etc/ssl/certs', '/var/current').link('/var/current', 'one');
    },
    change: (tree) => {
      tree.delete('/var/current').link('/var/current', 'two');
    },
  },
  {
    name: 'a link on the way to the target of a link is retargeted',
    build: (tree) => {
      tree.file('/opt/one/alpha.crt', alpha.pem).file('/opt/two/alpha.crt', beta.pem);
      tree.link('/opt/current', 'one');
      tree.link('/etc/ssl/certs/alpha.pem', '/opt/current/alpha.crt');
    },
    change: (tree) => {
      tree.delete('/opt/current').link('/opt/current', 'two');
    },
  },
  {
    name: 'the ..data link of a Kubernetes volume is swapped',
    build: kubernetes,
    change: (tree) => {
      tree.file('/etc/ssl/certs/..2026_02/ca.crt', beta.pem);
      tree.link('/etc/ssl/certs/..data_tmp', '..2026_02');
      renameSync(tree.host('/etc/ssl/certs/..data_tmp'), tree.host('/etc/ssl/certs/..data'));
    },
  },
  {
    name: 'the ..data link is swapped beneath a file named by SSL_CERT_FILE',
    build: (tree) => {
      tree.file('/mnt/..2026_01/ca.crt', alpha.pem).file('/mnt/..2026_02/ca.crt', alpha.pem);
      tree.link('/mnt/..data', '..2026_01').link('/mnt/ca.crt', '..data/ca.crt');
    },
    request: { sslCertFile: '/mnt/ca.crt' },
    change: (tree) => {
      tree.link('/mnt/..data_tmp', '..2026_02');
      renameSync(tree.host('/mnt/..data_tmp'), tree.host('/mnt/..data'));
    },
  },
  {
    name: 'a dangling link gets its target',
    build: (tree) => {
      debian(tree);
      tree.link('/etc/ssl/certs/beta.pem', '/opt/later.crt');
    },
    change: (tree) => {
      tree.file('/opt/later.crt', beta.pem);
    },
  },
  {
    name: 'a file named by SSL_CERT_FILE appears',
    request: { sslCertFile: '/opt/later.crt' },
    change: (tree) => {
      tree.file('/opt/later.crt', beta.pem);
    },
  },
  {
    name: 'a file named by SSL_CERT_FILE is removed',
    build: (tree) => {
      tree.file('/opt/ca.crt', alpha.pem);
    },
    request: { sslCertFile: '/opt/ca.crt' },
    change: (tree) => {
      tree.delete('/opt/ca.crt');
    },
  },
  {
    name: 'a better CA file appears where there was none',
    build: (tree) => {
      tree.file('/etc/ssl/cert.pem', alpha.pem);
    },
    change: (tree) => {
      tree.file('/etc/pki/tls/cert.pem', beta.pem);
    },
  },
  {
    name: 'the first CA file appears in an empty image',
    build: () => undefined,
    change: (tree) => {
      tree.file('/etc/ssl/certs/ca-certificates.crt', alpha.pem);
    },
  },
  {
    name: "Debian's conf changes",
    change: (tree) => {
      replace(tree, '/etc/ca-certificates.conf', '!mozilla/alpha.crt\n');
    },
  },
  {
    name: 'a deselected file that was not there appears beside others',
    build: deselected,
    change: (tree) => {
      tree.file('/usr/share/ca-certificates/mozilla/later.crt', beta.pem);
    },
  },
  {
    name: 'a deselected file appears together with its directory',
    build: deselected,
    change: (tree) => {
      tree.file('/usr/share/ca-certificates/gone/later.crt', beta.pem);
    },
  },
  {
    name: 'the link of a deselected file gets its target',
    build: (tree) => {
      deselected(tree);
      tree.link('/usr/share/ca-certificates/mozilla/later.crt', '/opt/later.crt');
    },
    change: (tree) => {
      tree.file('/opt/later.crt', beta.pem);
    },
  },
  {
    name: 'the directory of a deselected file that was not there is a link that is retargeted',
    build: (tree) => {
      deselected(tree);
      tree.directory('/opt/one').file('/opt/two/later.crt', beta.pem);
      tree.link('/opt/current', 'one').link('/usr/share/ca-certificates/gone', '/opt/current');
    },
    change: (tree) => {
      tree.delete('/opt/current').link('/opt/current', 'two');
    },
  },
  {
    name: 'something appears where a deselected file has no directory',
    build: deselected,
    change: (tree) => {
      tree.file('/usr/share/ca-certificates/other/later.crt', beta.pem);
    },
    stillCurrent: true,
  },
  {
    name: 'a blocklist appears',
    change: (tree) => {
      tree.file('/etc/pki/ca-trust/source/blocklist/alpha.pem', alpha.pem);
    },
  },
  {
    name: 'a file is added to a blocklist',
    build: (tree) => {
      debian(tree);
      tree.directory('/etc/pki/ca-trust/source/blocklist');
    },
    change: (tree) => {
      tree.file('/etc/pki/ca-trust/source/blocklist/alpha.pem', alpha.pem);
    },
  },
  {
    name: 'a file of a blocklist changes',
    build: (tree) => {
      debian(tree);
      tree.file('/etc/pki/trust/blocklist/beta.pem', beta.pem);
    },
    change: (tree) => {
      appendFileSync(tree.host('/etc/pki/trust/blocklist/beta.pem'), alpha.pem);
    },
  },
  {
    name: 'a file loses its read permission',
    change: (tree) => {
      chmodSync(tree.host(DEBIAN_FILE), 0o000);
    },
  },
  {
    name: 'a file is added beside the target of a link',
    change: (tree) => {
      tree.file('/usr/share/ca-certificates/mozilla/beta.crt', beta.pem);
    },
    stillCurrent: true,
  },
  {
    name: 'something changes in a directory below the CA directory',
    change: (tree) => {
      tree.file('/etc/ssl/certs/java/new', 'x');
    },
    stillCurrent: true,
  },
];

describe('the signature of a read', { skip, concurrency: true }, () => {
  for (const { name, build, request, change, stillCurrent } of changes) {
    test(`${stillCurrent === true ? 'holds' : 'fails'} when ${name}`, async (t: TestContext) => {
      const tree = new RootTree('signature');
      t.after(() => {
        tree.remove();
      });
      (build ?? debian)(tree);
      await sleep(SETTLED_MS);
      const store = loadAddon().read({ ...request, root: tree.path });
      assert.equal(store.isCurrent(), true, 'before the change');
      change(tree);
      assert.equal(store.isCurrent(), stillCurrent === true);
    });
  }

  test('holds and fails the same in the real file system', async (t: TestContext) => {
    const tree = new RootTree('real');
    t.after(() => {
      tree.remove();
    });
    tree.file('/targets/one/alpha.crt', alpha.pem).file('/targets/two/alpha.crt', alpha.pem);
    tree.link('/targets/current', 'one').file('/bundle.pem', beta.pem);
    tree.link('/certs/alpha.pem', '../targets/current/alpha.crt');
    tree.link('/certs/absolute.pem', tree.host('/targets/two/alpha.crt'));
    tree.link(`/certs/${roots.hashName(0)}`, 'alpha.pem').link('/certs/dangling.pem', 'later.crt');
    tree.link('/named.pem', 'bundle.pem');
    const later = tree.host('/later');
    const request = {
      sslCertFile: tree.host('/named.pem'),
      sslCertDir: `${tree.host('/certs')}:${later}`,
    };
    const retarget = (path: string, target: string) => () => {
      tree.delete(path).link(path, target);
    };
    const steps: (() => void)[] = [
      () => tree.file('/other.pem', alpha.pem),
      retarget('/named.pem', 'other.pem'),
      retarget('/targets/current', 'two'),
      retarget(`/certs/${roots.hashName(0)}`, 'absolute.pem'),
      () => tree.file('/certs/later.crt', beta.pem),
      () => {
        appendFileSync(tree.host('/targets/two/alpha.crt'), '\n');
      },
      () => tree.directory('/later'),
    ];
    for (const [index, step] of steps.entries()) {
      await sleep(SETTLED_MS);
      const store = loadAddon().read(request);
      assert.equal(store.isCurrent(), true, `before step ${String(index)}`);
      step();
      assert.equal(store.isCurrent(), index === 0, `after step ${String(index)}`);
    }
  });

  test('vouches for nothing that changed just before it was read', async (t: TestContext) => {
    const tree = new RootTree('racy');
    t.after(() => {
      tree.remove();
    });
    debian(tree);
    const fresh = loadAddon().read({ root: tree.path });
    assert.equal(
      fresh.isCurrent(),
      false,
      'a second write within the same clock tick would not show',
    );
    await sleep(SETTLED_MS);
    assert.equal(fresh.isCurrent(), false, 'nor does it show later');
    assert.equal(
      loadAddon().read({ root: tree.path }).isCurrent(),
      true,
      'reading again settles it',
    );
  });
});
