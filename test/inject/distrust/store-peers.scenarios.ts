import { X509Certificate } from 'node:crypto';

import { viaFetch, viaHttps } from '../attempts.js';
import type { Truststore } from '../scenario-tools.js';

export interface Served {
  name: string;
  url: string;
}

export interface Outcomes {
  answers: Record<string, string[]>;
  /** For each certificate, the ways of asking for the store's certificates that return it. */
  lists: unknown[];
}

/** Runs over the store that the environment names. */
export async function outcomes(input: { servers: Served[]; ders: string[] }): Promise<Outcomes> {
  const truststore = require('../../../dist/index.js') as Truststore;
  const { certificates } = truststore.inject();
  const usual = truststore.createSecureContext();
  const partial = truststore.createSecureContext({ allowPartialTrustChain: true });
  const answers: Record<string, string[]> = {};
  for (const { name, url } of input.servers) {
    answers[name] = [
      await viaHttps(url),
      await viaFetch(url).then((answer) => (answer.startsWith('ok') ? 'ok' : answer)),
      await viaHttps(url, { secureContext: usual }),
      await viaHttps(url, { secureContext: partial }),
    ];
  }
  return { answers, lists: listed(truststore, certificates, input.ders) };
}

function listed(
  truststore: Truststore,
  injected: readonly string[],
  ders: readonly string[],
): unknown[] {
  const fingerprints = (pems: readonly string[]): Set<string> =>
    new Set(pems.map((pem) => new X509Certificate(pem).fingerprint256));
  const records = truststore.readSystemStore().certificates;
  const system = fingerprints(truststore.getSystemCAs());
  const trusted = fingerprints(truststore.getTrustedCAs());
  const inForce = fingerprints(injected);
  return ders.map((der) => {
    const { fingerprint256 } = new X509Certificate(Buffer.from(der, 'base64'));
    const record = records.find((one) => one.fingerprint256 === fingerprint256);
    return {
      role: record?.role,
      skipped: record?.skipped ?? 'none',
      system: system.has(fingerprint256),
      trusted: trusted.has(fingerprint256),
      injected: inForce.has(fingerprint256),
    };
  });
}
