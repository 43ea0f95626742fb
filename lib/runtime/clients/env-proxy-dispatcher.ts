/**
 * Makes undici's EnvHttpProxyAgent verify; Node itself installs one under `NODE_USE_ENV_PROXY`. It has one dispatcher for the
 * hosts of `NO_PROXY` and one for each kind of proxy. Only it knows which of them a request takes (`noProxy` cannot be read
 * back), so it stays, and the dispatchers inside it are replaced by others that its own constructor makes.
 */
import { quietly } from '../../base/steps.js';
import type { Connector } from './connector.js';
import {
  fieldNamed,
  fieldOf,
  forgetPools,
  isAsMade,
  isObject,
  isOfUndici,
  isVerified,
  keyNamed,
  markVerified,
  setField,
} from './global-dispatchers.js';
import type { Dispatcher } from './global-dispatchers.js';

/** The connectors that replace undici's own. */
export interface Connections {
  /** The value for undici's `connect` option. */
  direct: Connector;
  /** Connects through a proxy, given undici's own way to open a tunnel. */
  through: (tunnel: Connector) => Connector;
}

type Factory = (origin: unknown, options: { connect?: Connector }) => object;

const NAMES = ['no proxy agent', 'http proxy agent', 'https proxy agent'] as const;

/** An EnvHttpProxyAgent whose options only say which proxies there are. */
export class EnvProxyDispatcher {
  readonly #dispatcher: Dispatcher;
  readonly #keys: readonly symbol[];

  private constructor(dispatcher: Dispatcher, keys: readonly symbol[]) {
    this.#dispatcher = dispatcher;
    this.#keys = keys;
  }

  static from(dispatcher: unknown): EnvProxyDispatcher | undefined {
    if (!isOfUndici(dispatcher, 'EnvHttpProxyAgent')) return undefined;
    const keys = NAMES.flatMap((name) => keyNamed(dispatcher, name) ?? []);
    if (keys.length !== NAMES.length) return undefined;
    const found = new EnvProxyDispatcher(dispatcher, keys);
    return found.isVerified || quietly(() => found.#isStock()) === true ? found : undefined;
  }

  get isVerified(): boolean {
    return this.#inner.every(isVerified);
  }

  /** @returns a function that undoes it; undefined when it cannot be done, and then nothing has changed */
  verify(connections: Connections): (() => void) | undefined {
    const before = this.#inner;
    const verified = this.#make(connections);
    if (!verified || !this.#write(verified)) return undefined;
    return () => {
      // If the program has put other dispatchers there meanwhile, they stay.
      if (this.#inner.every((one, index) => one === verified[index])) this.#write(before);
    };
  }

  /** See {@link forgetPools}. */
  forget(): boolean {
    return this.#inner.map((one) => forgetPools(agentOf(one))).every(Boolean);
  }

  get #inner(): object[] {
    return innerOf(this.#dispatcher, this.#keys);
  }

  #isStock(): boolean {
    const inner = this.#inner;
    if (inner.length !== NAMES.length) return false;
    const example = innerOf(this.#construct({}), this.#keys);
    return inner.every((one, index) => isAsMade(one, example[index] ?? {}));
  }

  /** Makes a dispatcher with the same proxies. */
  #construct(options: object): object {
    const [httpProxy, httpsProxy] = this.#proxies;
    return new this.#dispatcher.constructor({ httpProxy, httpsProxy, noProxy: '', ...options });
  }

  /** The proxies, as they were given. */
  get #proxies(): string[] {
    return this.#inner.slice(1).map((one) => {
      const { uri } = fieldNamed(agentOf(one), 'options') as { uri?: string };
      return uri ?? '';
    });
  }

  #make({ direct, through }: Connections): object[] | undefined {
    const [plain] = innerOf(this.#construct({}), this.#keys);
    const factory = plain && (fieldNamed(plain, 'factory') as Factory | undefined);
    if (typeof factory !== 'function') return undefined;
    const proxies = this.#proxies.map((uri) => uri && new URL(uri).href);
    const verifying: Factory = (origin, options) => {
      const { connect } = options;
      // Requests to the proxy itself, without a tunnel, have no other end to verify.
      const isLeft = !connect || connect === direct || proxies.includes(String(origin));
      return factory(origin, isLeft ? options : { ...options, connect: through(connect) });
    };
    const made = innerOf(this.#construct({ connect: direct, factory: verifying }), this.#keys);
    for (const one of new Set(made)) markVerified(one);
    return made;
  }

  #write(inner: readonly object[]): boolean {
    const before = this.#inner;
    const isWritten = this.#keys.every((key, index) =>
      setField(this.#dispatcher, key, inner[index]),
    );
    if (!isWritten) {
      this.#keys.forEach((key, index) => setField(this.#dispatcher, key, before[index]));
    }
    return isWritten;
  }
}

/** A ProxyAgent holds an Agent. */
function agentOf(inner: object): object {
  const agent = fieldNamed(inner, 'proxy agent');
  return isObject(agent) ? agent : inner;
}

function innerOf(dispatcher: object, keys: readonly symbol[]): object[] {
  return keys.map((key) => fieldOf(dispatcher, key)).filter(isObject);
}
