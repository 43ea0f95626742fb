/**
 * The program that test/bench/start.mjs times: makes one request and prints the server's answer. It ends by itself, so
 * that work postponed until after the answer counts, and fails when the server is not trusted.
 */
'use strict';
const [, , client, url] = process.argv;

// A preloaded start-probe.cjs defines the functions of `globalThis`.
function answered(body) {
  globalThis.benchAnswered?.();
  require('node:fs').writeSync(1, body);
}

const clients = {
  https: () =>
    require('node:https').get(url, (response) => {
      let body = '';
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => answered(body));
    }),
  fetch: () =>
    fetch(url)
      .then((response) => response.text())
      .then(answered),
};

clients[client]();
globalThis.benchStarted?.();
