/**
 * Explains the words of the page: what each means, and what to do about it.
 */
import { skipReasons } from '../../explain/skip-reasons.js';
import type { ReportData } from '../types.js';
import { byId, element } from './dom.js';
import {
  LOCAL,
  localMeaning,
  originMeanings,
  originWords,
  purposeWords,
  verdictMeanings,
  verdictWords,
} from './words.js';

type Entry = readonly [term: string, meaning: string];

export function showLegend(data: ReportData): void {
  const verdicts = Object.keys(verdictWords) as (keyof typeof verdictWords)[];
  const origins = Object.keys(originWords) as (keyof typeof originWords)[];
  byId('legend').append(
    ...part(
      'Verdicts',
      verdicts.map((verdict) => [verdictWords[verdict], verdictMeanings[verdict]]),
    ),
    ...part(
      'Reasons for leaving out',
      Object.entries(skipReasons).map(([code, { words, meaning, advice }]) => [
        words === code ? words : `${words} (${code})`,
        `${meaning} What to do: ${advice}`,
      ]),
    ),
    ...part('Sources', [
      ...origins.map((origin): Entry => [originWords[origin], originMeanings[origin]]),
      [`installed by ${LOCAL}`, localMeaning(data.compared)],
    ]),
    ...part('Marks', [
      ['judged for', `The use that was asked for with --purpose: ${purposeWords[data.purpose]}.`],
      [
        'short',
        'An RSA key of less than 2048 bits, or an EC key of less than 224: ask for a new one.',
      ],
      ['broken hash', 'It is signed with MD5 or SHA-1, so others can forge it. Ask for a new one.'],
    ]),
  );
}

function part(title: string, entries: readonly Entry[]): Node[] {
  return [
    element('h3', {}, title),
    element(
      'dl',
      {},
      ...entries.map(([term, meaning]) =>
        element('div', {}, element('dt', {}, term), element('dd', {}, meaning)),
      ),
    ),
  ];
}
