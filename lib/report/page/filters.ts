/**
 * Decides which certificates are shown, and in which order. Knows nothing of the page.
 */
import { skipReasons } from '../../explain/skip-reasons.js';
import type { ReportCertificate, ReportData } from '../types.js';
import { validityOf, verdictWords } from './words.js';

export interface Filter {
  text: string;
  verdict: string;
  reason: string;
  /** Either `system`, or an exact set such as `=bundled+system`. */
  origin: string;
  expiry: string;
  key: string;
  /** `yes`, `no`, or `inspects` for those of products that inspect TLS. */
  local: string;
}

export const noFilter: Filter = {
  text: '',
  verdict: '',
  reason: '',
  origin: '',
  expiry: '',
  key: '',
  local: '',
};

export const sortKeys = ['name', 'verdict', 'source', 'to', 'key', 'fingerprint'] as const;
export type SortKey = (typeof sortKeys)[number];

export interface Order {
  key: SortKey;
  descending: boolean;
}

/** As the table shows it, and as commands print it. */
function reasonOf({ reason }: ReportCertificate): string {
  return reason === undefined ? '' : `${skipReasons[reason].words} ${reason}`;
}

/** The certificates, with search texts that are prepared once. */
export class Search {
  readonly #data: ReportData;
  readonly #texts: string[];

  constructor(data: ReportData) {
    this.#data = data;
    const places = data.places.map((place) => place.toLowerCase());
    this.#texts = data.certificates.map((certificate) =>
      [
        ...certificate.subject,
        ...certificate.issuer,
        certificate.serial,
        certificate.fingerprint,
        certificate.fingerprint.replaceAll(':', ''),
        certificate.key,
        certificate.signature,
        certificate.detail ?? '',
        certificate.product ?? '',
        reasonOf(certificate),
        ...certificate.places.map((place) => places[place] ?? ''),
      ]
        .join('\n')
        .toLowerCase(),
    );
  }

  find(filter: Filter, order: Order): ReportCertificate[] {
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.#data.certificates.filter(
      (certificate, index) =>
        words.every((word) => this.#texts[index]?.includes(word)) &&
        this.#matches(certificate, filter),
    );
    const sign = order.descending ? -1 : 1;
    return found.sort((a, b) => sign * compare(a, b, order.key));
  }

  #matches(certificate: ReportCertificate, filter: Filter): boolean {
    const { verdict, reason, origin, expiry, key, local } = filter;
    return (
      (verdict === '' || certificate.verdict === verdict) &&
      (reason === '' || certificate.reason === reason) &&
      (origin === '' || hasOrigin(certificate, origin)) &&
      (expiry === '' || validityOf(certificate, this.#data.generated) === expiry) &&
      (key === '' || certificate.key === key) &&
      (local === '' || isAsLocal(certificate, local))
    );
  }
}

export function exactOrigins({ origins }: ReportCertificate): string {
  return `=${[...origins].sort().join('+')}`;
}

function isAsLocal({ local, product }: ReportCertificate, wanted: string): boolean {
  if (wanted === 'inspects') return product !== undefined;
  return (local === true) === (wanted === 'yes');
}

function hasOrigin(certificate: ReportCertificate, origin: string): boolean {
  if (origin.startsWith('=')) return exactOrigins(certificate) === origin;
  return certificate.origins.some((one) => one === origin);
}

const sortValue: Record<SortKey, (certificate: ReportCertificate) => string | number> = {
  name: ({ name }) => name,
  verdict: (certificate) => `${verdictWords[certificate.verdict]} ${reasonOf(certificate)}`,
  source: ({ origins }) => origins.join(' '),
  to: ({ to }) => to ?? Infinity,
  key: ({ key }) => key,
  fingerprint: ({ fingerprint }) => fingerprint,
};

/** Sorts as people do: case and accents decide last, and `Root 2` comes before `Root 10`. */
const collator = new Intl.Collator('en', { numeric: true });

function compare(a: ReportCertificate, b: ReportCertificate, key: SortKey): number {
  const [first, second] = [sortValue[key](a), sortValue[key](b)];
  const order =
    typeof first === 'string' && typeof second === 'string'
      ? collator.compare(first, second)
      : Math.sign(Number(first) - Number(second)) || 0;
  return order || (a.fingerprint < b.fingerprint ? -1 : 1);
}
