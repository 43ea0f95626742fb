/**
 * The table of certificates. It shows one page of rows at a time, so that ten thousand certificates are as quick as ten.
 */
import { skipReasons } from '../../explain/skip-reasons.js';
import type { ReportCertificate, ReportData } from '../types.js';
import { byId, ofType, certificates, element, foreign, number } from './dom.js';
import { detailsOf } from './details.js';
import type { Order, SortKey } from './filters.js';
import { dayOf, LOCAL, originWords, validityOf, validityWords, verdictWords } from './words.js';

const PAGE = 50;

interface Column {
  key: SortKey;
  title: string;
  /** Hidden on narrow screens; the details show it. */
  wide?: boolean;
}

const columns: Column[] = [
  { key: 'name', title: 'Name' },
  { key: 'verdict', title: 'Verdict' },
  { key: 'source', title: 'Source', wide: true },
  { key: 'to', title: 'Valid to' },
  { key: 'key', title: 'Key', wide: true },
  { key: 'fingerprint', title: 'SHA-256', wide: true },
];

export class CertificateTable {
  readonly #data: ReportData;
  readonly #heads = new Map<SortKey, HTMLElement>();
  readonly #body = ofType('rows', HTMLTableSectionElement);
  #shown: readonly ReportCertificate[] = [];
  #page = 0;
  /** What was opened stays open when other rows come and go. */
  readonly #open = new Set<ReportCertificate>();

  constructor(data: ReportData, sort: (key: SortKey) => void) {
    this.#data = data;
    const row = ofType('table', HTMLTableElement).tHead?.rows[0];
    for (const { key, title, wide } of columns) {
      const button = element(
        'button',
        {
          type: 'button',
          click: () => {
            sort(key);
          },
        },
        title,
      );
      const head = element('th', { scope: 'col', class: wide ? 'wide' : undefined }, button);
      this.#heads.set(key, head);
      row?.append(head);
    }
  }

  show(shown: readonly ReportCertificate[], order: Order): void {
    this.#shown = shown;
    this.#page = 0;
    for (const [key, head] of this.#heads) {
      if (key === order.key) {
        head.setAttribute('aria-sort', order.descending ? 'descending' : 'ascending');
      } else head.removeAttribute('aria-sort');
    }
    this.#draw();
  }

  #draw(): void {
    const first = this.#page * PAGE;
    const rows = this.#shown.slice(first, first + PAGE);
    this.#body.replaceChildren(
      ...rows.flatMap((certificate, index) => this.#rows(certificate, index)),
    );
    const total = this.#data.certificates.length;
    const of = this.#shown.length === total ? '' : ` of ${number(total)}`;
    const range =
      this.#shown.length > PAGE
        ? `, ${number(first + 1)} to ${number(first + rows.length)} shown`
        : '';
    byId('status').textContent = `${certificates(this.#shown.length)}${of}${range}`;
    byId('pages').replaceChildren(...this.#pageButtons());
    byId('pages').hidden = this.#shown.length <= PAGE;
  }

  #pageButtons(): Node[] {
    const last = Math.max(0, Math.ceil(this.#shown.length / PAGE) - 1);
    const button = (words: string, page: number, focusKey: string): Node =>
      element(
        'button',
        {
          type: 'button',
          'data-page': focusKey,
          'aria-disabled': page < 0 || page > last || page === this.#page ? 'true' : undefined,
          click: () => {
            if (page < 0 || page > last || page === this.#page) return;
            this.#page = page;
            this.#draw();
            byId('pages').querySelector<HTMLElement>(`[data-page="${focusKey}"]`)?.focus();
          },
        },
        words,
      );
    return [
      button('First', 0, 'first'),
      button('Previous', this.#page - 1, 'previous'),
      element('span', {}, `Page ${number(this.#page + 1)} of ${number(last + 1)}`),
      button('Next', this.#page + 1, 'next'),
      button('Last', last, 'last'),
    ];
  }

  #rows(certificate: ReportCertificate, index: number): Node[] {
    const id = `details-${index}`;
    const open = this.#open.has(certificate);
    const details = element('tr', { id, class: 'details' });
    const fill = (): void => {
      details.replaceChildren(
        element('td', { colspan: String(columns.length) }, detailsOf(certificate, this.#data)),
      );
    };
    details.hidden = !open;
    if (open) fill();
    const button = element(
      'button',
      {
        type: 'button',
        class: 'name',
        'aria-expanded': String(open),
        'aria-controls': id,
        click: () => {
          details.hidden = !details.hidden;
          button.setAttribute('aria-expanded', String(!details.hidden));
          if (details.hidden) this.#open.delete(certificate);
          else {
            this.#open.add(certificate);
            fill();
          }
        },
      },
      foreign(certificate.name),
    );
    return [this.#row(certificate, button), details];
  }

  #row(certificate: ReportCertificate, button: Node): Node {
    const { verdict, reason, origins, to, key, shortKey, fingerprint, local } = certificate;
    const validity = validityOf(certificate, this.#data.generated);
    const remark = validity === 'expired' || validity === 'month' ? validityWords[validity] : '';
    const wide = (...children: (Node | string)[]): Node =>
      element('td', { class: 'wide' }, ...children);
    return element(
      'tr',
      {},
      element('th', { scope: 'row' }, button),
      element(
        'td',
        {},
        element('span', { class: `badge ${verdict}` }, verdictWords[verdict]),
        reason === undefined
          ? ''
          : element(
              'span',
              { title: skipReasons[reason].meaning },
              ` ${skipReasons[reason].words}`,
            ),
      ),
      wide(
        origins.map((origin) => originWords[origin]).join(', '),
        local ? element('span', { class: 'mark', title: `installed by ${LOCAL}` }, 'local') : '',
      ),
      element(
        'td',
        {},
        element('span', { class: 'day' }, dayOf(to)),
        remark === '' ? '' : element('span', { class: 'remark' }, ` ${remark}`),
      ),
      wide(key, shortKey ? element('span', { class: 'remark' }, ' short') : ''),
      wide(element('code', {}, fingerprint.replaceAll(':', '').slice(0, 8))),
    );
  }
}
