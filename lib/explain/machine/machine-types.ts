/**
 * What `os-truststore doctor` finds out about a machine and its runtime.
 */
import type { CertificateSource, SkipReason, StoreError, StoreLocation } from '../../types.js';
import type { UnlinkedDirectory } from './hash-links.js';

export interface AnchorFacts {
  subject: string;
  fingerprint256: string;
  /** ISO 8601. */
  validTo: string;
  /** `RSA 2048`, `EC prime256v1`, … */
  key: string;
  shortKey: boolean;
  /** Critical basic constraints, which strict verifiers ask of every CA (RFC 5280 §4.2.1.9). */
  strict: boolean;
  /** Node bundles it. */
  bundled: boolean;
  sources: CertificateSource[];
}

export interface VariableFacts {
  name: string;
  /** Only of variables that hold a path or a switch. */
  value?: string;
  /** Set, or changed, after the process started; undefined where that cannot be known. */
  late?: boolean;
  /** Of a path: what is wrong with it. */
  problem?: string;
}

/** Only of a sandbox whose store is not the host's. */
export interface SandboxFacts {
  kind: 'flatpak' | 'snap';
  /** The host's trust is here, but only for programs that ask p11-kit. */
  p11Kit: boolean;
  /** A file of the host's with its anchors, readable here. */
  hostBundle?: string;
}

export interface MachineFacts {
  /** ISO 8601, by the clock of this machine. */
  checkedAt: string;
  runtime: {
    name: 'node' | 'bun' | 'deno' | 'electron';
    version: string;
    openssl: string;
    platform: string;
    arch: string;
    executable: string;
    /** Options that choose what Node trusts or how OpenSSL starts. */
    flags: string[];
    /** `--use-system-ca` is known. */
    knowsSystemCA: boolean;
    /** NODE_USE_SYSTEM_CA is known. */
    knowsSystemCAVariable: boolean;
  };
  reader: { strategy: 'addon' | 'runtime'; addonPath?: string; problem?: StoreError };
  store: {
    locations: StoreLocation[];
    errors: StoreError[];
    kept: number;
    skipped: Partial<Record<SkipReason, number>>;
    durationMs: number;
    /** CA directories with files that OpenSSL does not find. */
    unlinked: UnlinkedDirectory[];
    /** When the newest file of certificates was written; ISO 8601. */
    newestFile?: string;
  };
  lists: Record<'bundled' | 'system' | 'extra' | 'user' | 'merged', number>;
  /** Anchors of the merged list that Node does not bundle. */
  additions: AnchorFacts[];
  /** Bundled roots the system does not have. */
  bundledOnly: AnchorFacts[];
  /** Bundled roots the system distrusts. */
  distrusted: AnchorFacts[];
  /** What the system has and distrusts for servers' certificates that begin after a time (ISO 8601). */
  dated: { subject: string; after: string }[];
  /** Every anchor in force that is weak, or expires within 90 days. */
  remarkable: AnchorFacts[];
  /** Anchors of one name with different keys. */
  /** At this one the runtime ends the process. */
  fatal?: AnchorFacts | undefined;
  sameName: AnchorFacts[][];
  userErrors: StoreError[];
  variables: VariableFacts[];
  surroundings: { container?: string; wsl?: boolean; sandbox?: SandboxFacts };
  userDirectory: string;
  clock: { programTime?: string; expiredRoots: number };
}

export type FindingName =
  | 'verification-off'
  | 'addon-missing'
  | 'no-system-store'
  | 'store-error'
  | 'not-hashed'
  | 'user-ca'
  | 'variable-unreadable'
  | 'variable-too-late'
  | 'variable-ignored'
  | 'clock'
  | 'system-only'
  | 'bundled-only'
  | 'bundled-distrusted'
  | 'dated-distrust'
  | 'expires-soon'
  | 'weak-anchor'
  | 'runtime-crash'
  | 'same-name'
  | 'stale-store'
  | 'current-user-only'
  | 'wsl'
  | 'sandbox'
  | 'container';

export interface Finding {
  name: FindingName;
  /** `error`: something fails because of it. `warning`: it will, or may. `info`: good to know. */
  severity: 'error' | 'warning' | 'info';
  summary: string;
  remedy?: string;
}

export interface Examination {
  facts: MachineFacts;
  findings: Finding[];
}
