/**
 * The numbers at the top. A number that a filter can show is a button.
 */
import type { ReportCertificate, ReportData } from '../types.js';
import { byId, element, number } from './dom.js';
import type { Filter } from './filters.js';
import { LOCAL, localMeaning, validityOf } from './words.js';

export type Choose = (filter: Partial<Filter>) => void;

interface Tile {
  words: string;
  test: (certificate: ReportCertificate) => boolean;
  filter?: Partial<Filter>;
}

export function showTiles(data: ReportData, choose: Choose): void {
  const tiles: Tile[] = [
    { words: 'certificates', test: () => true },
    { words: 'trusted', test: is('anchor'), filter: { verdict: 'anchor' } },
    { words: 'help to build chains', test: is('helper'), filter: { verdict: 'helper' } },
    { words: 'left out', test: is('left-out'), filter: { verdict: 'left-out' } },
    {
      words: 'distrusted by the system',
      test: ({ reason }) => reason === 'distrusted',
      filter: { reason: 'distrusted' },
    },
    {
      words: 'used, end within 30 days',
      test: (one) => one.verdict !== 'left-out' && validityOf(one, data.generated) === 'month',
    },
    {
      words: `installed by ${LOCAL}`,
      test: ({ local }) => local === true,
      filter: { local: 'yes' },
    },
  ];
  byId('tiles').append(...tiles.map((tile) => tileOf(data, tile, choose)));
  byId('local-words').textContent =
    `Installed by ${LOCAL}: ${localMeaning(data.compared).replace('It is', 'what is')}`;
  showProducts(data, choose);
}

function is(verdict: string): Tile['test'] {
  return (certificate) => certificate.verdict === verdict;
}

function tileOf({ certificates }: ReportData, { words, test, filter }: Tile, choose: Choose): Node {
  const count = certificates.filter(test).length;
  const text = count === 1 ? words.replace(/^certificates$/, 'certificate') : words;
  const click = (): void => {
    choose(filter ?? {});
  };
  const label =
    filter === undefined || count === 0
      ? ` ${text}`
      : element('button', { type: 'button', class: 'link', click }, text);
  return element('li', { class: 'card' }, element('strong', {}, number(count)), label);
}

/** Names products that were installed here and that can answer in place of servers. */
function showProducts({ certificates }: ReportData, choose: Choose): void {
  const products = [...new Set(certificates.flatMap(({ product }) => product ?? []))].sort();
  if (products.length === 0) return;
  byId('products').hidden = false;
  byId('products').append(
    element('h2', { id: 'products-title' }, `Inspects TLS: ${products.join(', ')}`),
    element(
      'p',
      {},
      'What is named so can answer in place of servers, with certificates of its own, and read what is sent. ',
      'That is right if your company or you installed it. ',
      element(
        'button',
        {
          type: 'button',
          class: 'link',
          click: () => {
            choose({ local: 'inspects' });
          },
        },
        'Show the certificates',
      ),
    ),
  );
}
