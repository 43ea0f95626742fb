/**
 * Shows everything about one certificate.
 */
import type { ReportCertificate, ReportData } from '../types.js';
import { element, foreign } from './dom.js';
import { dayOf, verdictWords } from './words.js';

export function detailsOf(certificate: ReportCertificate, data: ReportData): Node {
  const { verdict, reason, detail, role } = certificate;
  const facts: [string, (Node | string)[]][] = [
    [
      'Verdict',
      [
        [
          verdictWords[verdict],
          reason === undefined ? '' : `: ${data.reasons[reason]}`,
          detail === undefined ? '' : ` (${detail})`,
        ].join(''),
      ],
    ],
    ['Role', [role]],
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
    'dl',
    {},
    ...facts.map(([term, words]) =>
      element('div', {}, element('dt', {}, term), element('dd', {}, ...words)),
    ),
  );
}

function lines(texts: readonly string[]): Node[] {
  return texts.map((text) => element('div', {}, foreign(text)));
}
