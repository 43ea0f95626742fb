/**
 * Reads what public programmes ship to this machine: Node's own roots, and Mozilla's list as the distribution packages it.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';

import { fingerprintOf } from '../../certificate/fingerprint.js';
import { derOf, mapCertificates, pemToDer } from '../../certificate/pem-blocks.js';
import { tlsExports } from '../../runtime/tls-defaults.js';
import type { PublishedFingerprints } from './local-anchors.js';

export interface Published {
  fingerprints: PublishedFingerprints;
  /** The lists of the distribution that were read. Empty on Windows and macOS, whose stores say themselves what is theirs. */
  lists: string[];
}

interface PackagedList {
  path: string;
  /** Set for a directory: which of its files are Mozilla's. */
  files?: RegExp;
}

/** Files that packages of distributions own. Administrators have other places for theirs. */
const PACKAGED_LISTS: readonly PackagedList[] = [
  // Debian, Ubuntu, Alpine, Gentoo, Void, Slackware: the package ca-certificates.
  { path: '/usr/share/ca-certificates/mozilla', files: /\.(?:crt|pem)$/ },
  // Fedora, RHEL, Amazon Linux, ALT, Yocto; Azure Linux has Microsoft's programme there.
  { path: '/usr/share/pki/ca-trust-source/ca-bundle.trust.p11-kit' },
  // Arch: the package ca-certificates-mozilla.
  { path: '/usr/share/ca-certificates/trust-source/mozilla.trust.p11-kit' },
  // SUSE: the package ca-certificates-mozilla.
  { path: '/usr/share/pki/trust', files: /mozilla.*\.p11-kit$/ },
  // Clear Linux: the package ca-certs.
  { path: '/usr/share/ca-certs', files: /\.crt$/ },
  // FreeBSD: the base system, and the port ca_root_nss.
  { path: '/usr/share/certs/trusted', files: /\.pem$/ },
  { path: '/usr/local/share/certs/ca-root-nss.crt' },
];

/** @param root - a directory to use as root of the file system, for tests */
export function readPublished(root = ''): Published {
  const fingerprints = new Set(
    tlsExports().rootCertificates.map((pem) => fingerprintOf(pemToDer(pem))),
  );
  const lists: string[] = [];
  for (const { path, files } of PACKAGED_LISTS) {
    const found = readList(join(root, path), files);
    for (const fingerprint of found) fingerprints.add(fingerprint);
    if (found.length > 0) lists.push(path);
  }
  return { fingerprints, lists };
}

function readList(path: string, files: RegExp | undefined): string[] {
  if (files === undefined) return readFingerprints(path);
  try {
    const names = fs.readdirSync(path).filter((name) => files.test(name));
    return names.flatMap((name) => readFingerprints(join(path, name)));
  } catch {
    // Another distribution's place.
    return [];
  }
}

/** A list that cannot be read makes more certificates count as local, and none fewer. */
function readFingerprints(path: string): string[] {
  const found: string[] = [];
  try {
    mapCertificates(fs.readFileSync(path, 'latin1'), ({ text, body }) => {
      found.push(fingerprintOf(derOf(body)));
      return text;
    });
  } catch {
    // Another distribution's place, or not ours to read.
  }
  return found;
}
