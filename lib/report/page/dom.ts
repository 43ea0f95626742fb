/**
 * Creates elements without markup: text is inserted as text, so a certificate's name can never become anything else.
 */
type Child = Node | string;
type Attributes = Record<string, string | boolean | EventListener | undefined>;

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, '');
    else if (typeof value === 'string') made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

export function byId(id: string): HTMLElement {
  return ofType(id, HTMLElement);
}

export function ofType<Made extends HTMLElement>(id: string, type: new () => Made): Made {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`no element ${id}`);
  return found;
}

/** Text that others wrote, which keeps its own direction. */
export function foreign(text: string): HTMLElement {
  return element('bdi', {}, text);
}

export function plainTable(caption: string, heads: string[], rows: (string | Node)[][]): Node {
  const toRow = ([first = '', ...rest]: (string | Node)[]): Node =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, first),
      ...rest.map((cell) => element('td', {}, cell)),
    );
  return element(
    'table',
    { class: 'plain' },
    element('caption', { class: 'unseen' }, caption),
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
    ),
    element('tbody', {}, ...rows.map(toRow)),
  );
}

export function number(value: number): string {
  return value.toLocaleString('en');
}

export function certificates(count: number): string {
  return `${number(count)} certificate${count === 1 ? '' : 's'}`;
}
