/**
 * The types with which undici's dispatchers ask for a connection.
 */
import type { Socket } from 'node:net';

/** The connection undici asks a connector for. */
export interface ConnectorTarget {
  hostname: string;
  host?: string | undefined;
  protocol: string;
  port: string | number;
  servername?: string | undefined;
  localAddress?: string | null | undefined;
  socketPath?: string | null | undefined;
  allowH2?: boolean | undefined;
  /** A tunnel through a proxy, in which to start TLS. */
  httpSocket?: Socket | undefined;
}

export type ConnectorCallback = (...args: [null, Socket] | [Error, null]) => void;

/** A function for the `connect` option of undici's `Agent`, `Pool` and `Client`. */
export type Connector = (target: ConnectorTarget, callback: ConnectorCallback) => void;
