import assert from 'node:assert/strict';
import * as os from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { userCacheDirectory, userConfigDirectory } from '../../dist/files/user-directory.js';

const below = (...parts: string[]): string => join(...parts, 'os-truststore', 'certs');

test('the directories are those of the platform, and relative variables do not count', () => {
  const home = { HOME: '/home/me' };
  assert.equal(userConfigDirectory(home, 'linux'), below('/home/me/.config'));
  assert.equal(userCacheDirectory(home, 'linux'), join('/home/me/.cache', 'os-truststore'));
  const xdg = { ...home, XDG_CONFIG_HOME: '/c', XDG_CACHE_HOME: '/k' };
  assert.equal(userConfigDirectory(xdg, 'linux'), below('/c'));
  assert.equal(userCacheDirectory(xdg, 'linux'), join('/k', 'os-truststore'));
  const relative = { ...home, XDG_CONFIG_HOME: 'c', XDG_CACHE_HOME: './k' };
  assert.equal(userConfigDirectory(relative, 'linux'), below('/home/me/.config'));
  assert.equal(userCacheDirectory(relative, 'linux'), join('/home/me/.cache', 'os-truststore'));
  const library = join('/home/me', 'Library');
  assert.equal(userConfigDirectory(xdg, 'darwin'), below(library, 'Application Support'));
  assert.equal(userCacheDirectory(xdg, 'darwin'), join(library, 'Caches', 'os-truststore'));
  assert.equal(
    userCacheDirectory({ ...home, LOCALAPPDATA: '/local' }, 'win32'),
    join('/local', 'os-truststore'),
  );
});

/** Makes two functions of Node answer as they do for a user who has a number but no account. */
function withoutAccount(t: { after(cleanUp: () => void): void }): void {
  const own = { userInfo: os.userInfo, homedir: os.homedir };
  const module = require('node:os') as Record<string, unknown>;
  t.after(() => {
    Object.assign(module, own);
  });
  const fail = (): never => {
    throw new Error('A system error occurred: ENOENT');
  };
  Object.assign(module, { userInfo: fail, homedir: fail });
}

test('a user without account and HOME is no failure', (t) => {
  withoutAccount(t);
  assert.equal(userConfigDirectory({}, 'linux'), below('/.config'));
  assert.equal(userCacheDirectory({}, 'linux'), join('/.cache', 'os-truststore'));
  assert.equal(userCacheDirectory({ XDG_CACHE_HOME: '/k' }, 'linux'), join('/k', 'os-truststore'));
});
