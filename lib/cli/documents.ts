/**
 * The documents that `--json` prints, as types: `npm run docs:schemas` makes lib/cli/schemas of them. A field that goes or
 * changes raises `schemaVersion`; a new one does not.
 */
import type { Explanation } from '../explain/types.js';
import type { Examination } from '../explain/machine/machine-types.js';
import type {
  StoreError,
  StoreLocation,
  SystemCertificate,
  SystemStore,
  VerifyPaths,
} from '../types.js';

interface Document<Kind extends string> {
  /** What the document is about. */
  kind: Kind;
  schemaVersion: 1;
}

/** A certificate as in `readSystemStore()`, with texts in place of bytes and dates. */
interface ListedCertificate extends Omit<
  SystemCertificate,
  'der' | 'validFrom' | 'validTo' | 'distrustedAfter'
> {
  /** Base64. */
  der: string;
  /** ISO 8601; null for a date that cannot be read. */
  validFrom: string | null;
  validTo: string | null;
  /** ISO 8601. */
  distrustedAfter?: string;
}

/** `os-truststore list --json`. */
export interface ListDocument extends Document<'list'> {
  certificates: ListedCertificate[];
  errors: StoreError[];
  locations: StoreLocation[];
}

/** `os-truststore paths --json`. */
export interface PathsDocument extends Document<'paths'> {
  strategy: SystemStore['strategy'];
  openssl: NonNullable<VerifyPaths['openssl']> | null;
  locations: StoreLocation[];
  distrust: VerifyPaths['distrust'];
  userDirectory: string;
  /** Variables of the environment that choose places. */
  environment: Record<string, string | null>;
  errors: StoreError[];
}

/** `os-truststore doctor --json HOST`: what `explain()` returns. */
export interface HostDocument extends Document<'host'>, Explanation {}

/** `os-truststore doctor --json`. */
export interface MachineDocument extends Document<'machine'>, Examination {}

export type AnyDocument = ListDocument | PathsDocument | HostDocument | MachineDocument;
