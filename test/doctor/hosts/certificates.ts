/**
 * Servers whose certificate or chain is at fault, so that their owners or the CA have to act.
 */
import { EKU, createCertificate, toPem } from '../../helpers/pki.js';
import { crashingNode, tool, withoutCrashingNode } from '../bench.js';
import type { Bench } from '../bench.js';
import {
  critical,
  future,
  leafOf,
  makeChain,
  opensslIdentity,
  past,
  permitDns,
} from '../pki-set.js';
import type { Chain } from '../pki-set.js';
import { identity, nginx, opensslServer } from '../servers.js';
import type { Broken, Setup } from '../setups.js';
import { ownedServer, trustedChain } from './server-owners.js';

type Kind = Pick<Setup, 'name' | 'expected'>;

/** The owner of the server gets a certificate without this fault. */
function faultyLeaf(kind: Kind, spec: Parameters<typeof leafOf>[1]): Setup {
  return ownersFault(kind, async (bench) => {
    const { root, intermediate, leaf } = await makeChain('Leaf', spec);
    bench.system(root.pem);
    return await ownedServer(bench, { identity: identity(leaf, intermediate) }, async () => ({
      identity: identity(await leafOf(intermediate), intermediate),
    }));
  });
}

/** The owner of the CA makes a certificate of it without this fault. */
function faultyIssuer(kind: Kind, spec: Parameters<typeof makeChain>[2]): Setup {
  return ownersFault(kind, async (bench) => {
    const { root, intermediate, leaf } = await makeChain('Faulty', { ip: [] }, spec);
    bench.system(root.pem);
    return await ownedServer(bench, { identity: identity(leaf, intermediate) }, async () => {
      const { keys } = intermediate;
      const commonName = 'Faulty Issuing CA';
      const proper = await createCertificate({ commonName, issuer: root, keys });
      return { identity: identity(leaf, proper) };
    });
  });
}

/** Of these, the owner of the server cannot mend more than to ask the CA. */
const OF_CAS: readonly string[] = ['wrong-usage', 'not-a-ca', 'weak-key', 'weak-signature'];

function ownersFault(kind: Kind, build: Setup['build']): Setup {
  const isOfCA = OF_CAS.includes(kind.expected) || kind.name.includes('critical');
  const who = isOfCA ? 'ca' : 'server';
  return { ...kind, cures: ['other-person'], who, build };
}

/** An extension that no program knows. */
const unknown = critical('1.3.6.1.4.1.99999.5.1');
/** RFC 6962 §3.1. */
const poison = critical('1.3.6.1.4.1.11129.2.4.3');

/** Makes time() and its kin tell another time to programs of this machine. */
export function moveClock(bench: Bench, seconds: number): () => Promise<undefined> {
  const source = bench.file(
    'clock.c',
    `#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
static int (*real)(clockid_t, struct timespec *);
int clock_gettime(clockid_t id, struct timespec *t) {
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, t);
  if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE) t->tv_sec += ${String(seconds)};
  return result;
}
int gettimeofday(struct timeval *t, void *zone) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  t->tv_sec = now.tv_sec;
  t->tv_usec = now.tv_nsec / 1000;
  return 0;
}
time_t time(time_t *t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}
`,
  );
  tool('cc', ['-shared', '-fPIC', '-O1', '-o', bench.path('clock.so'), source, '-ldl']);
  bench.env['LD_PRELOAD'] = bench.path('clock.so');
  return () => {
    delete bench.env['LD_PRELOAD'];
    return Promise.resolve(undefined);
  };
}

function wrongClock(kind: Kind, years: number, chain: Parameters<typeof makeChain>[1]): Setup {
  return {
    ...kind,
    cures: ['by-hand'],
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Clock', chain);
      bench.system(root.pem);
      const { port } = await nginx(bench, identity(leaf, intermediate));
      const byPeople = moveClock(bench, years * 365 * 86_400);
      return { target: `localhost:${port}`, client: { port, inject: true }, byPeople };
    },
  };
}

function weak(
  name: string,
  expected: 'weak-key' | 'weak-signature',
  fault: { bits: number; hash: string },
): Setup {
  return ownersFault({ name, expected }, async (bench) => {
    const bad = opensslIdentity(bench, fault);
    bench.system(bad.rootPem);
    const settings = 'ssl_ciphers ALL:@SECLEVEL=0;';
    return await ownedServer(bench, { identity: bad, settings }, () => {
      const proper = opensslIdentity(bench, { bits: 2048, hash: 'sha256' });
      bench.system(proper.rootPem);
      return { identity: proper };
    });
  });
}

/** A certificate that the owner replaces on a server which does not mind a false one. */
async function replaced(bench: Bench, { intermediate, leaf }: Chain, pem: string): Promise<Broken> {
  const first = await opensslServer(bench, { ...identity(leaf, intermediate), pem });
  return {
    target: `localhost:${first.port}`,
    client: { port: first.port, inject: true },
    byPeople: async () => {
      const { port } = await nginx(bench, identity(leaf, intermediate));
      return { target: `localhost:${port}`, client: { port, inject: true } };
    },
  };
}

const yesterday = { validTo: past };
const oneDay = { validFrom: past, validTo: future };

export const certificateSetups: readonly Setup[] = [
  faultyLeaf({ name: 'an expired certificate of the server', expected: 'expired' }, yesterday),
  faultyLeaf(
    { name: 'a certificate that is not valid yet', expected: 'not-yet-valid' },
    { validFrom: future },
  ),
  faultyLeaf(
    { name: 'a client’s certificate on a server', expected: 'wrong-usage' },
    { eku: [EKU.clientAuth] },
  ),
  faultyLeaf(
    { name: 'a critical extension that OpenSSL does not know', expected: 'critical-extension' },
    { extensions: [unknown] },
  ),
  faultyLeaf(
    { name: 'a precertificate, which is for logs', expected: 'critical-extension' },
    { extensions: [poison] },
  ),
  faultyLeaf(
    { name: 'an IP address as a DNS name', expected: 'wrong-host' },
    { dns: ['127.0.0.1'], ip: [] },
  ),
  faultyIssuer(
    { name: 'an expired intermediate the server sends', expected: 'expired' },
    yesterday,
  ),
  faultyIssuer(
    { name: 'an intermediate for e-mail only', expected: 'wrong-usage' },
    { eku: [EKU.emailProtection] },
  ),
  faultyIssuer({ name: 'an issuer that is no CA', expected: 'not-a-ca' }, { ca: false }),
  faultyIssuer(
    { name: 'an issuer with a critical extension', expected: 'critical-extension' },
    { extensions: [unknown] },
  ),
  faultyIssuer(
    { name: 'a CA outside its name constraints', expected: 'constraint' },
    { extensions: [permitDns('inside.test')] },
  ),
  {
    name: 'a certificate for other names',
    expected: 'wrong-host',
    cures: ['code', 'other-person'],
    who: 'server',
    build: async (bench) => {
      const { root, intermediate, leaf } = await makeChain('Elsewhere', {
        dns: ['www.other.test'],
        ip: [],
      });
      bench.system(root.pem);
      return await ownedServer(bench, { identity: identity(leaf, intermediate) }, async () => ({
        identity: identity(await leafOf(intermediate), intermediate),
      }));
    },
  },
  weak('a key that is too short', 'weak-key', { bits: 768, hash: 'sha256' }),
  weak('a signature with SHA-1', 'weak-signature', { bits: 2048, hash: 'sha1' }),
  {
    name: 'a signature that was tampered with',
    expected: 'bad-signature',
    cures: ['other-person'],
    who: 'server',
    build: async (bench) => {
      const chain = await trustedChain(bench, 'Forged');
      const der = Buffer.from(chain.leaf.der);
      der[der.length - 5] = (der[der.length - 5] ?? 0) ^ 1;
      return await replaced(bench, chain, toPem(der));
    },
  },
  wrongClock({ name: 'a clock that is forty years ahead', expected: 'expired' }, 40, {
    validTo: new Date(Date.now() + 365 * 86_400_000),
  }),
  wrongClock({ name: 'a clock that is ten years behind', expected: 'not-yet-valid' }, -10, oneDay),
  {
    name: 'a key at which this Node ends',
    expected: 'runtime-crash',
    cures: ['other-person'],
    who: 'ca',
    ...withoutCrashingNode,
    build: async (bench) => {
      bench.useNode(crashingNode);
      const strong = { bits: 2048, hash: 'sha256' };
      const odd = { ...strong, rootCurve: ['secp256k1'] };
      const { rootPem, ...own } = opensslIdentity(bench, odd);
      bench.system(rootPem);
      return await ownedServer(bench, { identity: own }, () => {
        const proper = opensslIdentity(bench, strong);
        bench.system(proper.rootPem);
        return { identity: proper };
      });
    },
  },
  {
    name: 'a root whose key spells out its curve',
    expected: 'malformed',
    cures: ['command', 'other-person'],
    who: 'ca',
    build: async (bench) => {
      const strong = { bits: 2048, hash: 'sha256' };
      const rootCurve = ['P-256', '-pkeyopt', 'ec_param_enc:explicit'];
      const { rootPem, ...own } = opensslIdentity(bench, { ...strong, rootCurve });
      bench.system(rootPem);
      return await ownedServer(bench, { identity: own }, () => {
        const proper = opensslIdentity(bench, strong);
        bench.system(proper.rootPem);
        return { identity: proper };
      });
    },
  },
];
