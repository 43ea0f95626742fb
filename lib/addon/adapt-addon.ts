/**
 * Makes a {@link NativeBinding} of the addon by adding what is cheaper to do here than in native code.
 */
import { FACT_COLUMNS, ROLES, SKIP_REASONS, TRUST_STATUSES, placeOf } from './fact-columns.js';
import { splitTexts } from './joined-texts.js';
import type { JoinedTexts } from './joined-texts.js';
import type {
  NativeBeside,
  NativeBinding,
  NativeError,
  ListedCertificate,
  NativePage,
  NativeParsed,
  NativePolicy,
  NativeRoots,
  NativeStore,
} from './native-binding.js';

/** The addon's short records, as columns: see native/binding/fact_columns.h. */
export interface FactColumns {
  pems: JoinedTexts;
  names: JoinedTexts;
  numbers: Float64Array;
}

/** The addon's own store, which lacks the functions that are made here from columns and pages. */
type RawStore = Pick<NativeStore, 'certificatesPage'> & {
  factColumns(policy: NativePolicy): FactColumns;
  textsBeside(...args: Parameters<NonNullable<NativeStore['beside']>>): RawBeside | undefined;
  usableTexts(...page: Parameters<NativeStore['usablePage']>): RawPage;
};

type RawBeside = Omit<NativeBeside, 'anchors' | 'intermediates'> &
  Record<'anchors' | 'intermediates', JoinedTexts>;

type RawPage = Omit<NativePage<string>, 'items'> & { items: JoinedTexts };

type RawBinding = Omit<NativeBinding, 'parse'> & {
  NativeStore: { prototype: RawStore & NativeStore };
  parse(input: Uint8Array, policy: NativePolicy): FactColumns & { errors: NativeError[] };
};

// Worked out once for the module, because the first connection waits for decoding.
const COLUMNS = FACT_COLUMNS.length;
const SUBJECT_NAME = placeOf('subjectName');
const ISSUER_NAME = placeOf('issuerName');
const VALID_FROM = placeOf('validFrom');
const VALID_TO = placeOf('validTo');
const LOOKS_SELF_SIGNED = placeOf('looksSelfSigned');
const ROLE = placeOf('role');
const TRUST = placeOf('trust');
const SKIPPED = placeOf('skipped');
const KEY = placeOf('key');
const SUBJECT_KEY_ID = placeOf('subjectKeyId');
const AUTHORITY_KEY_ID = placeOf('authorityKeyId');

export function decodeFacts(columns: FactColumns): ListedCertificate[] {
  const { numbers } = columns;
  const names = splitTexts(columns.names);
  const decoded: ListedCertificate[] = [];
  let at = 0;
  for (const pem of splitTexts(columns.pems)) {
    const facts: ListedCertificate = {
      key: numbers[at + KEY] ?? 0,
      pem,
      subjectName: names[numbers[at + SUBJECT_NAME] ?? -1] ?? '',
      issuerName: names[numbers[at + ISSUER_NAME] ?? -1] ?? '',
      subjectKeyId: numbers[at + SUBJECT_KEY_ID] ?? 0,
      authorityKeyId: numbers[at + AUTHORITY_KEY_ID] ?? 0,
      validFrom: numbers[at + VALID_FROM] ?? NaN,
      validTo: numbers[at + VALID_TO] ?? NaN,
      looksSelfSigned: numbers[at + LOOKS_SELF_SIGNED] === 1,
      role: ROLES[numbers[at + ROLE] ?? -1] ?? 'leaf',
      trust: TRUST_STATUSES[numbers[at + TRUST] ?? -1] ?? 'unspecified',
    };
    const skipped = SKIP_REASONS[numbers[at + SKIPPED] ?? -1];
    if (skipped !== undefined) facts.skipped = skipped;
    decoded.push(facts);
    at += COLUMNS;
  }
  return decoded;
}

export function adaptAddon(addon: unknown): NativeBinding {
  const raw = addon as RawBinding;
  Object.assign(raw.NativeStore.prototype, {
    usablePage(this: RawStore, policy: NativePolicy, from: number, limit: number) {
      const { items, next, validUntil } = this.usableTexts(policy, from, limit);
      return { items: splitTexts(items), next, validUntil };
    },
    usable(this: NativeStore, policy: NativePolicy) {
      const { items, validUntil } = this.usablePage(policy, 0, Infinity);
      return { pems: items, validUntil };
    },
    certificates(this: NativeStore, policy: NativePolicy) {
      return this.certificatesPage(policy, 0, Infinity).items;
    },
    facts(this: RawStore, policy: NativePolicy) {
      return decodeFacts(this.factColumns(policy));
    },
    beside(this: RawStore, policy: NativePolicy, roots: NativeRoots, others: readonly string[]) {
      const found = this.textsBeside(policy, roots, others);
      if (!found) return undefined;
      const { anchors, intermediates } = found;
      return {
        ...found,
        anchors: splitTexts(anchors),
        intermediates: splitTexts(intermediates),
      };
    },
  });
  const parse = (input: Uint8Array, policy: NativePolicy): NativeParsed => {
    const columns = raw.parse(input, policy);
    return { certificates: decodeFacts(columns), errors: columns.errors };
  };
  return { ...raw, parse };
}
