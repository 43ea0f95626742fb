/**
 * Shows everything about one certificate.
 */
import { skipReasons } from '../../explain/skip-reasons.js';
import type { ReportCertificate, ReportData } from '../types.js';
import { element, foreign } from './dom.js';
import { copyText, fileNameOf, pemOf, saveFile } from './save.js';
import { dayOf, LOCAL, localMeaning, roleWords, verdictMeanings, verdictWords } from './words.js';

type Fact = readonly [term: string, words: readonly (Node | string)[]];

export function detailsOf(certificate: ReportCertificate, data: ReportData): Node {
  const facts: Fact[] = [
    ...judgementOf(certificate),
    ['Role', [roleWords[certificate.role]]],
    ...localFacts(certificate, data),
    ['Subject', lines(certificate.subject)],
    ['Issuer', lines(certificate.issuer)],
    ['Valid', [`${dayOf(certificate.from)} to ${dayOf(certificate.to)}`]],
    ['Key', [certificate.key, certificate.shortKey ? ' (short)' : '']],
    ['Signature', [certificate.signature, certificate.brokenSignature ? ' (broken hash)' : '']],
    ['Serial number', [element('code', {}, certificate.serial)]],
    ['SHA-256', [element('code', {}, certificate.fingerprint)]],
    ['Found in', lines(certificate.places.map((place) => data.places[place] ?? ''))],
  ];
  return element(
    'div',
    {},
    element(
      'dl',
      {},
      ...facts.map(([term, words]) =>
        element('div', {}, element('dt', {}, term), element('dd', {}, ...words)),
      ),
    ),
    buttonsOf(certificate),
  );
}

function judgementOf({ verdict, reason, detail }: ReportCertificate): Fact[] {
  if (reason === undefined) {
    return [
      ['Verdict', [`${verdictWords[verdict]}. ${verdictMeanings[verdict]}`, inBrackets(detail)]],
    ];
  }
  const { meaning, advice } = skipReasons[reason];
  return [
    ['Verdict', [`${verdictWords[verdict]} (${reason}): ${meaning}`, inBrackets(detail)]],
    ['What to do', [advice]],
  ];
}

function inBrackets(detail: string | undefined): string {
  return detail === undefined ? '' : ` (${detail})`;
}

function localFacts({ local, product }: ReportCertificate, { compared }: ReportData): Fact[] {
  if (!local) return [];
  return [
    ['Installed by', [`${LOCAL}. ${localMeaning(compared)}`]],
    ...(product === undefined ? [] : [['Inspects TLS', [product]] as const]),
  ];
}

function buttonsOf(certificate: ReportCertificate): Node {
  const said = element('span', { role: 'status' });
  const button = (words: string, click: () => void): Node =>
    element('button', { type: 'button', click }, words);
  const copy = (what: string, text: string): Node =>
    button(`Copy ${what}`, () => {
      void copyText(text).then((copied) => {
        said.textContent = copied
          ? `Copied the ${what}.`
          : 'The browser does not let this page copy. Select the text, or save the file.';
      });
    });
  const { der, fingerprint } = certificate;
  return element(
    'div',
    { class: 'buttons' },
    copy('SHA-256', fingerprint),
    ...(der === undefined
      ? []
      : [
          copy('PEM', pemOf(certificate)),
          button('Save as PEM', () => {
            saveFile(fileNameOf(certificate), 'application/x-pem-file', pemOf(certificate));
            said.textContent = `Saved ${fileNameOf(certificate)}.`;
          }),
        ]),
    said,
  );
}

function lines(texts: readonly string[]): Node[] {
  return texts.map((text) => element('div', {}, foreign(text)));
}
