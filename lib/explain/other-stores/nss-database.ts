/**
 * Reads the CAs that an NSS database trusts as issuers of server certificates: those a user gave to Chrome or Firefox.
 *
 * It is an SQLite database (`cert9.db`), so it is read only where the runtime has SQLite: Node 22.13 or newer.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { loadBuiltin } from '../../base/builtins.js';
import { quietly } from '../../base/steps.js';
import { checkSize } from './small-files.js';

type Sqlite = typeof import('node:sqlite');

/** More objects than a user adds. */
const MOST_ROWS = 10_000;

const KIND = "SELECT type FROM sqlite_schema WHERE name = 'nssPublic'";

/** The columns are named after the attributes of PKCS#11 and NSS (pkcs11t.h, pkcs11n.h); numbers are big-endian. */
const CERTIFICATES = `SELECT a11 AS der FROM nssPublic WHERE a0 = x'00000001' LIMIT ${MOST_ROWS}`;

/** CKO_NSS_TRUST objects whose CKA_TRUST_SERVER_AUTH is CKT_NSS_TRUSTED_DELEGATOR: “C” in certutil's words. */
const TRUSTED =
  "SELECT ace5363b4 AS sha1 FROM nssPublic WHERE a0 = x'ce534353' AND ace536358 = x'ce534352' " +
  `LIMIT ${MOST_ROWS}`;

/**
 * @returns certificates as DER
 * @throws Error when it cannot be read
 */
export function readNssDatabase(path: string): Buffer[] {
  checkSize(path);
  const sqlite = loadSqlite();
  if (!sqlite) throw new Error('it is an SQLite database, which needs Node 22.13 or newer');
  // SQLite may write beside a database it only reads (in WAL mode), so it gets a copy.
  const folder = mkdtempSync(join(tmpdir(), 'os-truststore-nss-'));
  try {
    const copy = join(folder, 'cert9.db');
    copyFileSync(path, copy);
    return trustedIn(new sqlite.DatabaseSync(copy, { readOnly: true }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function trustedIn(database: InstanceType<Sqlite['DatabaseSync']>): Buffer[] {
  try {
    // A view in the place of the table could go on for ever.
    if (database.prepare(KIND).get()?.['type'] !== 'table') {
      throw new Error('it has no table nssPublic');
    }
    // NSS finds the trust of a certificate by its SHA-1, so that is only a key here.
    const trusted = new Set(blobs(database.prepare(TRUSTED).all(), 'sha1').map(hex));
    return blobs(database.prepare(CERTIFICATES).all(), 'der').filter((der) =>
      trusted.has(loadBuiltin('node:crypto').createHash('sha1').update(der).digest('hex')),
    );
  } finally {
    database.close();
  }
}

function blobs(rows: readonly object[], column: string): Buffer[] {
  return rows.flatMap((row) => {
    const value = (row as Record<string, unknown>)[column];
    return value instanceof Uint8Array ? Buffer.from(value) : [];
  });
}

function hex(bytes: Buffer): string {
  return bytes.toString('hex');
}

/** Replaceable properties of the process. Versions of Node before 22.3 and 20.16 have no getBuiltinModule. */
interface Process {
  emitWarning: (...args: unknown[]) => void;
  getBuiltinModule?: (id: string) => unknown;
}

/** Loading it warns in some versions of Node that SQLite is an experiment. Users cannot do anything about that. */
function loadSqlite(): Sqlite | undefined {
  const own = process as unknown as Process;
  const { emitWarning } = own;
  own.emitWarning = () => undefined;
  try {
    return quietly(() => own.getBuiltinModule?.('node:sqlite')) as Sqlite | undefined;
  } finally {
    own.emitWarning = emitWarning;
  }
}
