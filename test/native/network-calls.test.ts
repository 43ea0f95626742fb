/**
 * Reading the store never uses the network: only the verifier calls functions that could make the system do so, and the
 * reading code cannot even include them. The fake Security.framework (test/macos) proves the same by counting calls.
 */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { describe, it } from 'node:test';

const native = join(__dirname, '../../native');

const sources = new Map(
  readdirSync(native, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(cc|h)$/.test(file) && !/^(prebuild|fuzz)/.test(file))
    .map((file) => [
      file.replaceAll(sep, '/'),
      // Only code counts, not comments and strings.
      readFileSync(join(native, file), 'utf8').replace(
        /\/\/.*$|"(?!.*#include)[^"\n]*"/gm,
        (found) => (found.endsWith('.h"') ? found : ''),
      ),
    ]),
);

function filesWith(pattern: RegExp): string[] {
  return [...sources].filter(([, text]) => pattern.test(text)).map(([file]) => file);
}

/** Returns everything that a file includes, directly or not. */
function includes(file: string, found = new Set<string>()): Set<string> {
  for (const [, name = ''] of (sources.get(file) ?? '').matchAll(/#include "([^"]+)"/g)) {
    if (found.has(name)) continue;
    found.add(name);
    includes(name, found);
  }
  return found;
}

describe('what may use the network', () => {
  it('is called in the verifier of macOS alone', () => {
    assert.deepEqual(filesWith(/\bSec(Trust(?!Settings|ed)|PolicyCreate)\w*\(/), [
      'macos/chain_verifier.cc',
    ]);
  });

  it('is named in the verifier of Windows alone', () => {
    assert.deepEqual(
      filesWith(/\bCert(GetCertificateChain|CreateCertificateChainEngine|\w*ChainPolicy)\b/).sort(),
      ['windows/chain_api.cc', 'windows/chain_api.h', 'windows/chain_query.cc'],
    );
  });

  it('is not called by any other way', () => {
    const others =
      /\b(CryptRetrieveObjectByUrl|CertVerifyRevocation|WinHttp\w+|Internet(Open|Connect)\w*|getaddrinfo|socket|connect)\s*\(/;
    assert.deepEqual(filesWith(others), []);
  });

  it('cannot be seen from what reads and judges the store', () => {
    const readers = [...sources.keys()].filter((file) =>
      /(system_store|store_reader|store_watch|registry_watch|trust_domains|keychain|read_job|certificate_facts)\.cc$/.test(
        file,
      ),
    );
    assert.ok(readers.length >= 8, readers.join());
    for (const reader of readers) {
      const seen = [...includes(reader)].filter((name) =>
        /chain_(api|judge|query|verifier)/.test(name),
      );
      assert.deepEqual(seen, [], reader);
    }
  });
});
