/**
 * The filter form. Its choices come from the certificates, and the form itself holds the state.
 */
import { skipReasons } from '../../explain/skip-reasons.js';
import type { ReportCertificate, ReportData } from '../types.js';
import { countBy } from './charts/chart.js';
import { element, number, ofType } from './dom.js';
import { exactOrigins, noFilter } from './filters.js';
import type { Filter } from './filters.js';
import { originSetWords } from './charts/overlap.js';
import { LOCAL, NOT_LOCAL, originWords, validityOf, validityWords, verdictWords } from './words.js';

type Choice = readonly [value: string, words: string];
type SelectName = Exclude<keyof Filter, 'text'>;

const names: readonly SelectName[] = ['verdict', 'reason', 'origin', 'local', 'expiry', 'key'];

export class Controls {
  readonly #form = ofType('filters', HTMLFormElement);
  readonly #text = ofType('filter-text', HTMLInputElement);

  constructor(data: ReportData, changed: () => void) {
    const { certificates: all } = data;
    const words = <Name extends string>(
      values: readonly Name[],
      text: Partial<Record<Name, string>> = {},
    ): Choice[] =>
      countBy(values, (value) => value).map(([value, count]) => [
        value,
        `${text[value as Name] ?? value} (${number(count)})`,
      ]);
    this.#fill(
      'verdict',
      words(
        all.map(({ verdict }) => verdict),
        verdictWords,
      ),
    );
    this.#fill(
      'reason',
      words(
        all.flatMap(({ reason }) => reason ?? []),
        reasonWords,
      ),
    );
    this.#fill('local', localChoices(all));
    this.#fill('origin', [
      ...words(
        all.flatMap(({ origins }) => origins),
        originWords,
      ),
      ...countBy(all, exactOrigins).map(([exact, count]): Choice => [
        exact,
        `${originSetWords(exact)} (${number(count)})`,
      ]),
    ]);
    this.#fill(
      'expiry',
      words(
        all.map((certificate) => validityOf(certificate, data.generated)),
        validityWords,
      ),
    );
    this.#fill('key', words(all.map(({ key }) => key)));
    this.#listen(changed);
  }

  get filter(): Filter {
    const filter = { ...noFilter, text: this.#text.value };
    for (const name of names) filter[name] = this.#select(name).value;
    return filter;
  }

  choose(filter: Partial<Filter>): void {
    for (const name of names) this.#select(name).value = filter[name] ?? '';
    this.#text.value = '';
  }

  #select(name: SelectName): HTMLSelectElement {
    return ofType(`filter-${name}`, HTMLSelectElement);
  }

  #fill(name: SelectName, choices: readonly Choice[]): void {
    this.#select(name).append(
      element('option', { value: '' }, 'all'),
      ...choices.map(([value, text]) => element('option', { value }, text)),
    );
  }

  #listen(changed: () => void): void {
    let timer = 0;
    const isPressed = watchPointer();
    const changeLater = (): void => {
      window.clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (isPressed()) changeLater();
        else changed();
      }, 120);
    };
    this.#text.addEventListener('input', changeLater);
    this.#form.addEventListener('change', ({ target }) => {
      // A click elsewhere ends typing, and its target must still be there when the button is released.
      if (target !== this.#text) changed();
    });
    // The form changes only after this event.
    this.#form.addEventListener('reset', () => window.setTimeout(changed));
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      changed();
    });
  }
}

const reasonWords = Object.fromEntries(
  Object.entries(skipReasons).map(([reason, { words }]) => [reason, words]),
);

function localChoices(all: readonly ReportCertificate[]): Choice[] {
  const here = all.filter(({ local }) => local).length;
  const inspecting = all.filter(({ product }) => product !== undefined).length;
  return [
    ['yes', `${LOCAL} (${number(here)})`],
    ...(inspecting === 0
      ? []
      : [['inspects', `products that inspect TLS (${number(inspecting)})`] as const]),
    ['no', `${NOT_LOCAL} (${number(all.length - here)})`],
  ];
}

/** Tells whether a button or finger is down. It clicks what it pressed only if that stays where it is until the release. */
function watchPointer(): () => boolean {
  let pressed = false;
  const set = (value: boolean) => (): void => {
    pressed = value;
  };
  window.addEventListener('pointerdown', set(true), true);
  for (const end of ['pointerup', 'pointercancel', 'dragend']) {
    window.addEventListener(end, set(false), true);
  }
  return () => pressed;
}
