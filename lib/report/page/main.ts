/**
 * Starts the page of `os-truststore report`. It reads its data from itself and makes no requests.
 */
import type { ReportData } from '../types.js';
import { showStrength } from './charts/bars.js';
import { Controls } from './controls.js';
import { byId, ofType, certificates, element, foreign } from './dom.js';
import { Downloads } from './downloads.js';
import { showExpiry } from './charts/expiry.js';
import { Search } from './filters.js';
import type { Order } from './filters.js';
import { showLegend } from './legend.js';
import { showOverlap } from './charts/overlap.js';
import { CertificateTable } from './table.js';
import { showTiles } from './tiles.js';
import type { Choose } from './tiles.js';
import { purposeWords } from './words.js';

const data = JSON.parse(byId('report-data').textContent ?? '') as ReportData;

function showHead(): void {
  const time = new Date(data.generated).toISOString();
  const made = `${time.slice(0, 10)} ${time.slice(11, 16)} UTC, ${data.platform}, ${data.runtime}`;
  byId('made').textContent = `${made}. Judged for ${purposeWords[data.purpose]}.`;
  byId('foot').textContent =
    `Made by os-truststore ${data.version}. This file loads nothing and sends nothing.`;
  if (data.errors.length === 0) return;
  const problems = byId('problems');
  problems.hidden = false;
  problems
    .querySelector('ul')
    ?.append(...data.errors.map((error) => element('li', {}, foreign(error))));
}

function showTable(): Choose {
  const search = new Search(data);
  let order: Order = { key: 'name', descending: false };
  const table = new CertificateTable(data, (key) => {
    order = { key, descending: order.key === key && !order.descending };
    show();
  });
  const downloads = new Downloads(data);
  const controls = new Controls(data, () => {
    show();
  });
  function show(): void {
    const shown = search.find(controls.filter, order);
    table.show(shown, order);
    downloads.show(shown, controls.filter);
  }
  show();
  return (filter) => {
    controls.choose(filter);
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
followTheme();
const choose = showTable();
showTiles(data, choose);
showLegend(data);
showOverlap(data, (origin) => {
  choose({ origin });
});
showExpiry(data);
showStrength(data);
document.title = `${certificates(data.certificates.length)} of this machine – os-truststore`;
