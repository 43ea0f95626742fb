/**
 * Starts the page of `os-truststore report`. It reads its data from itself and makes no requests.
 */
import type { ReportData } from '../types.js';
import { showStrength } from './bars.js';
import { Controls } from './controls.js';
import { byId, ofType, certificates, element, foreign, number } from './dom.js';
import { showExpiry } from './expiry.js';
import { Search } from './filters.js';
import type { Order } from './filters.js';
import { showOverlap } from './overlap.js';
import { CertificateTable } from './table.js';
import { validityOf } from './words.js';

const data = JSON.parse(byId('report-data').textContent ?? '') as ReportData;

function showHead(): void {
  const time = new Date(data.generated).toISOString();
  const made = `${time.slice(0, 10)} ${time.slice(11, 16)} UTC, ${data.platform}, ${data.runtime}`;
  byId('made').textContent = `${made}. Judged for: ${data.purpose}.`;
  byId('foot').textContent =
    `Made by os-truststore ${data.version}. This file loads nothing and sends nothing.`;
  if (data.errors.length === 0) return;
  const problems = byId('problems');
  problems.hidden = false;
  problems
    .querySelector('ul')
    ?.append(...data.errors.map((error) => element('li', {}, foreign(error))));
}

function showTiles(): void {
  const all = data.certificates;
  const count = (test: (certificate: (typeof all)[number]) => boolean): string =>
    number(all.filter(test).length);
  const soon = (certificate: (typeof all)[number]): boolean =>
    certificate.verdict !== 'left-out' && validityOf(certificate, data.generated) === 'month';
  const tiles: [string, string][] = [
    [number(all.length), all.length === 1 ? 'certificate' : 'certificates'],
    [count(({ verdict }) => verdict === 'anchor'), 'trusted'],
    [count(({ verdict }) => verdict === 'helper'), 'help to build chains'],
    [count(({ verdict }) => verdict === 'left-out'), 'left out'],
    [count(({ reason }) => reason === 'distrusted'), 'distrusted by the system'],
    [count(soon), 'used, end within 30 days'],
  ];
  byId('tiles').append(
    ...tiles.map(([value, words]) =>
      element('li', { class: 'card' }, element('strong', {}, value), ` ${words}`),
    ),
  );
}

function showTable(): (origin: string) => void {
  const search = new Search(data);
  let order: Order = { key: 'name', descending: false };
  const table = new CertificateTable(data, (key) => {
    order = { key, descending: order.key === key && !order.descending };
    show();
  });
  const controls = new Controls(data, () => {
    show();
  });
  function show(): void {
    table.show(search.find(controls.filter, order), order);
  }
  show();
  return (origin) => {
    controls.choose('origin', origin);
    show();
    byId('certificates').focus();
  };
}

function followTheme(): void {
  const choice = ofType('theme', HTMLSelectElement);
  choice.addEventListener('change', () => {
    document.documentElement.dataset['theme'] = choice.value;
  });
}

showHead();
showTiles();
followTheme();
const chooseOrigin = showTable();
showOverlap(data, chooseOrigin);
showExpiry(data);
showStrength(data);
document.title = `${certificates(data.certificates.length)} of this machine – os-truststore`;
