import type { MemoryStore } from '../../helpers/memory-binding.js';
import { viaTls } from '../attempts.js';
import { withStore, writeDefaults } from '../scenario-tools.js';

interface Input {
  url: string;
  store: MemoryStore;
  /** A certificate that the program itself adds. */
  own: string;
}

type Tls = Omit<typeof import('node:tls'), 'getCACertificates' | 'setDefaultCACertificates'> & {
  getCACertificates?: (type: string) => string[];
  setDefaultCACertificates?: (certificates: string[]) => void;
};

async function firstAndSettled(url: string, ca?: string[]): Promise<unknown> {
  const options = ca ? { ca } : {};
  const first = await viaTls(url, options);
  writeDefaults();
  return [first, await viaTls(url, options)];
}

/** The environment sets NODE_EXTRA_CA_CERTS. */
export async function byDefault({ url, store }: Input): Promise<unknown> {
  withStore(store).truststore.inject();
  return await firstAndSettled(url);
}

export async function inProgramsDefaults({ url, store, own }: Input): Promise<unknown> {
  const tls = require('node:tls') as Tls;
  if (!tls.setDefaultCACertificates || !tls.getCACertificates) return 'not there';
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), own]);
  withStore(store).truststore.inject();
  return await firstAndSettled(url);
}

export async function inRootList({ url, store, own }: Input): Promise<unknown> {
  const tls = require('node:tls') as Tls;
  withStore(store).truststore.inject();
  return await firstAndSettled(url, [...tls.rootCertificates, own]);
}
