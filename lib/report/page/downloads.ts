/**
 * Saves what the filters show.
 */
import type { ReportCertificate, ReportData } from '../types.js';
import { byId, certificates, element, number } from './dom.js';
import type { Filter } from './filters.js';
import { csvOf, pemOf, saveFile } from './save.js';

export class Downloads {
  #shown: readonly ReportCertificate[] = [];
  #filter: Filter | undefined;
  readonly #said = element('span', { role: 'status' });

  constructor(data: ReportData) {
    const button = (words: string, click: () => void): Node =>
      element('button', { type: 'button', click }, words);
    byId('downloads').append(
      button('Save these as PEM', () => {
        this.#savePem();
      }),
      button('Save these as CSV', () => {
        saveFile('certificates.csv', 'text/csv', csvOf(this.#shown, data));
        this.#said.textContent = `Saved ${certificates(this.#shown.length)}.`;
      }),
      this.#said,
    );
  }

  show(shown: readonly ReportCertificate[], filter: Filter): void {
    this.#shown = shown;
    this.#filter = filter;
    this.#said.textContent = '';
  }

  /** Such a file is often given to a program to trust, so what is left out stays out unless it was chosen. */
  #savePem(): void {
    const { verdict, reason } = this.#filter ?? {};
    const chosen = verdict === 'left-out' || reason !== '';
    const saved = this.#shown.filter(
      (one) => one.der !== undefined && (chosen || one.verdict !== 'left-out'),
    );
    const others = this.#shown.length - saved.length;
    if (saved.length > 0) {
      saveFile('certificates.pem', 'application/x-pem-file', saved.map(pemOf).join('\n'));
    }
    const rest = chosen
      ? `${number(others)} cannot be read.`
      : `${number(others)} left out: choose the verdict “left out” to save those.`;
    this.#said.textContent = `Saved ${certificates(saved.length)}.${others > 0 ? ` ${rest}` : ''}`;
  }
}
