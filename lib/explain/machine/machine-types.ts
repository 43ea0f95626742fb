/**
 * The facts about a machine and its runtime that `os-truststore doctor` shows.
 */
import type { CertificateSource, SkipReason, StoreError, StoreLocation } from '../../types.js';
import type { ExplainedCertificate } from '../types.js';
import type { UnlinkedDirectory } from './hash-links.js';

/** An anchor, in the form that `doctor` shows. */
export interface AnchorFacts extends Pick<
  ExplainedCertificate,
  'subject' | 'fingerprint256' | 'validTo' | 'key'
> {
  shortKey: boolean;
  /** True when its basic constraints are critical, as strict verifiers require of every CA (RFC 5280 §4.2.1.9). */
  strict: boolean;
  /** True when Node bundles it. */
  bundled: boolean;
  sources: CertificateSource[];
}

export interface VariableFacts {
  name: string;
  /** Present only for variables that hold a path or a switch. */
  value?: string;
  /** True when it was set or changed after the process started; undefined where that is unknown. */
  late?: boolean;
  /** What is wrong with the path. */
  problem?: string;
  /** The path that was probably meant. Present only where there is such a file. */
  corrected?: string;
}

/** Present only in a sandbox whose store is not the host's. */
export interface SandboxFacts {
  kind: 'flatpak' | 'snap';
  /** True when the host's trust is available, but only to programs that ask p11-kit. */
  p11Kit: boolean;
  /** A file with the host's anchors that can be read here. */
  hostBundle?: string;
}

/** A list of CAs that another program has for itself. */
export interface OtherStoreFacts {
  program: 'Chrome' | 'Firefox' | 'Java';
  path: string;
  /** The number of CAs that it trusts to issue certificates of servers. */
  certificates: number;
  /** Those that neither this machine's lists nor a public programme has. */
  additions: { subject: string; fingerprint256: string }[];
  /** Why it was not read. */
  problem?: string;
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
    /** True when the runtime knows `--use-system-ca`. */
    knowsSystemCA: boolean;
    /** True when the runtime knows NODE_USE_SYSTEM_CA. */
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
    /** When the newest certificate file was written; ISO 8601. */
    newestFile?: string;
  };
  lists: Record<'bundled' | 'system' | 'extra' | 'user' | 'merged', number>;
  /** Anchors of the merged list that Node does not bundle. */
  additions: AnchorFacts[];
  /** Bundled roots that the system does not have. */
  bundledOnly: AnchorFacts[];
  /** Bundled roots that the system distrusts. */
  distrusted: AnchorFacts[];
  /** Certificates of the system that it distrusts as issuers of server certificates that begin after a time (ISO 8601). */
  dated: { subject: string; after: string }[];
  /** Every anchor in force that is weak or expires within 90 days. */
  remarkable: AnchorFacts[];
  /** Groups of anchors with the same name and different keys. */
  fatal?: AnchorFacts | undefined;
  /** An anchor at which this runtime ends the process. */
  sameName: AnchorFacts[][];
  userErrors: StoreError[];
  variables: VariableFacts[];
  surroundings: { container?: string; wsl?: boolean; sandbox?: SandboxFacts };
  userDirectory: string;
  /** Present only when it was asked for. */
  otherStores?: OtherStoreFacts[];
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
  | 'container'
  | 'other-store';

export interface Finding {
  name: FindingName;
  /** `error`: it makes something fail. `warning`: it will, or may. `info`: worth knowing. */
  severity: 'error' | 'warning' | 'info';
  summary: string;
  remedy?: string;
}

export interface Examination {
  facts: MachineFacts;
  findings: Finding[];
}
