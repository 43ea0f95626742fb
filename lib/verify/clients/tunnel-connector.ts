/**
 * Verifies connections through a proxy's tunnel, which undici opens.
 */
import type { Connector } from '../../runtime/clients/connector.js';
import { isUnknownIssuer } from '../refusal.js';

/**
 * @param tunnel - undici's connector of a ProxyAgent; it gives the bare tunnel for a target that is not `https:`
 * @param verified - starts TLS on the stream it gets as `httpSocket`
 */
export function throughTunnel(tunnel: Connector, verified: Connector): Connector {
  return (target, callback) => {
    if (target.protocol !== 'https:') {
      tunnel(target, callback);
      return;
    }
    const { host = target.hostname } = target;
    const place = target.port ? {} : { host: `${host}:443`, port: '443' };
    // undici would otherwise add the port of http.
    const bare = { ...target, ...place, protocol: 'http:' };
    const connect = (mayRepeat: boolean): void => {
      tunnel(bare, (error, httpSocket) => {
        if (error) {
          callback(error, null);
          return;
        }
        verified({ ...target, httpSocket }, (...[failure, socket]) => {
          // A tunnel serves one handshake, so this opens another. Missing certificates may have been fetched meanwhile.
          if (failure && mayRepeat && isUnknownIssuer(failure)) connect(false);
          else if (failure) callback(failure, null);
          else callback(null, socket);
        });
      });
    };
    connect(true);
  };
}
