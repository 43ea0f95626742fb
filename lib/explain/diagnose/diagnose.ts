/**
 * Turns facts into diagnoses with remedies. Pure. Their order is the order in which to mend the faults.
 */
import { isIP } from 'node:net';

import type { Certificate } from '../../certificate/certificate.js';
import { nameList } from '../../certificate/names.js';
import type { Facts } from '../gather/facts.js';
import type { Diagnosis } from '../types.js';
import { diagnoseAccepted, observations } from './diagnose-accepted.js';
import { diagnoseChain } from './diagnose-chain.js';
import { diagnoseConnection } from './diagnose-connection.js';

/** Never empty. */
export function diagnose(facts: Facts): Diagnosis[] {
  const found = faults(facts);
  const named = new Set(found.map(({ name }) => name));
  return [...found, ...observations(facts).filter(({ name }) => !named.has(name))];
}

function faults(facts: Facts): Diagnosis[] {
  const { outcome, endedByServer } = facts.handshake;
  if (outcome.state === 'failed') return diagnoseConnection(facts, outcome);
  const found = [
    ...(outcome.state === 'refused' ? diagnoseChain(facts, outcome) : []),
    ...diagnoseName(facts),
    ...(endedByServer === true ? diagnoseConnection(facts, outcome) : []),
  ];
  return found.length > 0 ? found : diagnoseAccepted(facts);
}

/** How to connect to the same address and ask for the first name of the certificate. */
function asName({ x509 }: Certificate): string {
  const [, name] =
    /(?:^|, )DNS:(?![\d.]+(?:,|$))([a-z0-9][\w.-]*)/i.exec(x509.subjectAltName ?? '') ?? [];
  return name === undefined ? '' : ` (\`servername: '${name}'\`, if the address has to stay)`;
}

/** True for an address that stands among the DNS names, where no client looks for one (RFC 9525 §6.3). */
function isAddressAsName({ x509 }: Certificate, host: string): boolean {
  const names = (x509.subjectAltName ?? '').split(', ');
  return isIP(host) !== 0 && names.includes(`DNS:${host}`) && !names.includes(`IP Address:${host}`);
}

function addressAsName(leaf: Certificate, address: string): Diagnosis {
  return {
    name: 'wrong-host',
    severity: 'error',
    summary: `The certificate has ${address} as a DNS name. An address counts only as an IP address.`,
    remedy:
      `Ask the server’s owner for a certificate with the subject alternative name IP:${address} in place of ` +
      `DNS:${address}.`,
    certificates: [leaf.fingerprint256],
  };
}

function diagnoseName({ hostMismatch, sent, target }: Facts): Diagnosis[] {
  const [leaf] = sent;
  if (hostMismatch === undefined || !leaf) return [];
  if (isAddressAsName(leaf, target.servername)) return [addressAsName(leaf, target.servername)];
  const { subjectAltName } = leaf.x509;
  const names =
    subjectAltName === undefined ? leaf.subject.split('\n').join(', ') : nameList(subjectAltName);
  return [
    {
      name: 'wrong-host',
      severity: 'error',
      summary: `The certificate is not for ${target.servername}. It is for: ${names}.`,
      remedy:
        `Connect by one of those names${asName(leaf)}, or ask the server’s owner for a certificate with ` +
        `${target.servername} among its subject alternative names.`,
      certificates: [leaf.fingerprint256],
    },
  ];
}
