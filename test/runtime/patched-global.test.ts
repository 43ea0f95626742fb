import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { webSocketOptions, withOption } from '../../dist/runtime/native-options.js';
import { PatchedGlobal } from '../../dist/runtime/patched-global.js';

type Fetch = (...args: unknown[]) => unknown;
interface Holder {
  fetch: Fetch;
}

/** Makes a runtime's function that records its calls. */
function makeHolder(): { holder: Holder; stock: Fetch } {
  const stock: Fetch = function fetch(...args) {
    return args;
  };
  return { holder: { fetch: stock }, stock };
}

const addOption = ([input, init, ...rest]: unknown[]): unknown[] => [
  input,
  withOption(init, 'ours', true),
  ...rest,
];
const patch = (holder: object, name = 'fetch'): PatchedGlobal =>
  new PatchedGlobal(holder, name, addOption);

/** Wraps the function as other libraries do: mocks, tracers. */
function wrapByOther(holder: Holder): () => void {
  const before = holder.fetch;
  holder.fetch = (...args) => ['theirs', before(...args)];
  return () => {
    holder.fetch = before;
  };
}

const withOurs = ['a', { ours: true }];

describe('a patched global', () => {
  it('changes the arguments of calls, and is put back as the same object', () => {
    const { holder, stock } = makeHolder();
    const patched = patch(holder);
    patched.install();
    assert.notEqual(holder.fetch, stock);
    assert.deepEqual(holder.fetch('a'), withOurs);
    patched.restore();
    assert.equal(holder.fetch, stock);
    assert.deepEqual(holder.fetch('a'), ['a']);
  });

  it('looks like the original', () => {
    const { holder, stock } = makeHolder();
    Object.assign(stock, { preconnect: () => 'connected' });
    Object.defineProperty(holder, 'fetch', { value: stock, enumerable: false });
    const describe = (): unknown => {
      const kind = { ...Object.getOwnPropertyDescriptor(holder, 'fetch') };
      delete kind.value;
      const { name, length } = holder.fetch;
      return [kind, name, length, Reflect.ownKeys(holder.fetch), String(holder.fetch)];
    };
    const before = describe();
    patch(holder).install();
    assert.deepEqual(describe(), before);
    assert.notEqual(holder.fetch, stock);
  });

  it('is a class that programs extend and compare with', () => {
    class Socket {
      static readonly OPEN = 1;
      readonly args: unknown[];
      constructor(...args: unknown[]) {
        this.args = args;
      }
    }
    const holder = { Socket };
    patch(holder, 'Socket').install();
    class Own extends holder.Socket {}
    const [plain, own] = [new holder.Socket('a'), new Own('a')];
    assert.deepEqual([plain.args, own.args], [withOurs, withOurs]);
    assert.ok(plain instanceof Socket && own instanceof holder.Socket && own instanceof Own);
    assert.equal(holder.Socket.OPEN, 1);
    assert.equal(String(holder.Socket), String(Socket));
  });

  it('leaves a call without arguments, and one whose arguments throw, to the original', () => {
    const { holder } = makeHolder();
    new PatchedGlobal(holder, 'fetch', () => {
      throw new Error('ours');
    }).install();
    assert.deepEqual(holder.fetch('a'), ['a']);
    assert.deepEqual(holder.fetch(), []);
  });

  it('stays an accessor where it is one, and steps aside for what is assigned', () => {
    const { stock } = makeHolder();
    let value = stock;
    const holder = Object.defineProperty({}, 'fetch', {
      configurable: true,
      get: () => value,
      set: (given: Fetch) => (value = given),
    }) as Holder;
    const before = Object.getOwnPropertyDescriptor(holder, 'fetch');
    const patched = patch(holder);
    patched.install();
    assert.deepEqual(holder.fetch('a'), withOurs);
    assert.equal(Object.getOwnPropertyDescriptor(holder, 'fetch')?.value, undefined);
    patched.restore();
    assert.deepEqual(Object.getOwnPropertyDescriptor(holder, 'fetch'), before);

    const again = patch(holder);
    again.install();
    const own: Fetch = () => 'own';
    holder.fetch = own;
    assert.equal(holder.fetch, own);
    again.restore();
    assert.equal(holder.fetch, own);
  });

  it('replaces what can be written to but not configured', () => {
    const { stock } = makeHolder();
    const holder = Object.defineProperty({}, 'fetch', { value: stock, writable: true }) as Holder;
    const patched = patch(holder);
    patched.install();
    assert.deepEqual(holder.fetch('a'), withOurs);
    patched.restore();
    assert.equal(holder.fetch, stock);
  });

  it('leaves frozen globals and accessors that throw alone, and says so', async () => {
    const { holder, stock } = makeHolder();
    const throwing = Object.defineProperty({}, 'WebSocket', {
      get: () => {
        throw new Error('not for you');
      },
    });
    const messages: string[] = [];
    const listen = ({ message }: Error): void => void messages.push(message);
    process.on('warning', listen);
    const patches = [patch(Object.freeze(holder)), patch(throwing, 'WebSocket')];
    for (const patched of patches) {
      patched.install();
      patched.restore();
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    assert.equal(holder.fetch, stock);
    assert.deepEqual(
      messages.map((message) => message.split(' ')[0]),
      ['fetch', 'WebSocket'],
    );
  });

  it('does nothing where there is no such function', () => {
    const holder = {};
    const patched = patch(holder);
    patched.install();
    patched.restore();
    assert.deepEqual(Reflect.ownKeys(holder), []);
  });
});

describe('a patched global beside a library that replaces the same', () => {
  it('comes after it and goes first', () => {
    const { holder, stock } = makeHolder();
    const unwrap = wrapByOther(holder);
    const theirs = holder.fetch;
    const patched = patch(holder);
    patched.install();
    assert.deepEqual(holder.fetch('a'), ['theirs', withOurs]);
    patched.restore();
    assert.equal(holder.fetch, theirs);
    unwrap();
    assert.equal(holder.fetch, stock);
  });

  it('comes after it and goes last', () => {
    const { holder, stock } = makeHolder();
    const unwrap = wrapByOther(holder);
    const patched = patch(holder);
    patched.install();
    unwrap();
    assert.equal(holder.fetch, stock);
    patched.restore();
    assert.equal(holder.fetch, stock);
  });

  it('comes before it and goes first: what is below passes everything through', () => {
    const { holder } = makeHolder();
    const patched = patch(holder);
    patched.install();
    const unwrap = wrapByOther(holder);
    const theirs = holder.fetch;
    assert.deepEqual(holder.fetch('a'), ['theirs', withOurs]);
    patched.restore();
    assert.equal(holder.fetch, theirs);
    assert.deepEqual(holder.fetch('a'), ['theirs', ['a']]);
    unwrap();
    assert.deepEqual(holder.fetch('a'), ['a']);
    const next = patch(holder);
    next.install();
    assert.deepEqual(holder.fetch('a'), withOurs);
  });

  it('comes before it and goes last', () => {
    const { holder, stock } = makeHolder();
    const patched = patch(holder);
    patched.install();
    wrapByOther(holder)();
    patched.restore();
    assert.equal(holder.fetch, stock);
  });

  it('stays below one who freezes it', () => {
    const { holder } = makeHolder();
    const patched = patch(holder);
    patched.install();
    Object.freeze(holder);
    patched.restore();
    assert.deepEqual(holder.fetch('a'), ['a']);
  });
});

describe('options with one of ours', () => {
  it('keep what they had, and the caller’s object is not touched', () => {
    const given = Object.freeze({ method: 'POST' });
    assert.deepEqual(withOption(given, 'ours', 1), { method: 'POST', ours: 1 });
    assert.deepEqual(withOption(undefined, 'ours', 1), { ours: 1 });
    assert.deepEqual(withOption(null, 'ours', 1), { ours: 1 });
    assert.deepEqual(withOption(true, 'ours', 1), { ours: 1 });
  });

  it('keep what an object of a class has through its prototype', () => {
    class Init {
      readonly body = 'text';
      readonly #method = 'POST';
      get method(): string {
        return this.#method;
      }
    }
    const changed = withOption(Object.freeze(new Init()), 'ours', 1) as Init & { ours: number };
    assert.deepEqual([changed.method, changed.body, changed.ours], ['POST', 'text', 1]);
    assert.ok('method' in changed && 'ours' in changed && !('other' in changed));
    assert.deepEqual(Object.assign({}, changed), { body: 'text', ours: 1 });
  });

  it('of a WebSocket have protocols in them', () => {
    assert.deepEqual(webSocketOptions('a'), { protocols: 'a' });
    assert.deepEqual(webSocketOptions(['a', 'b']), { protocols: ['a', 'b'] });
    assert.deepEqual(webSocketOptions(new Set(['a'])), { protocols: ['a'] });
    assert.deepEqual(webSocketOptions({ headers: {} }), { headers: {} });
    assert.equal(webSocketOptions(undefined), undefined);
  });
});
