/**
 * Connects, in a process of its own, to a server that sends anything: `node hostile.client.js <port> <from> <to>`.
 * Prints the number of each chain it survived.
 */
import * as https from 'node:https';

import { createAgent, explain } from '../../dist/index.js';

const [port = 0, from = 0, to = 0] = process.argv.slice(2).map(Number);
const system = false;

/** Bun and Deno have no verification of ours. */
function agentOrNone(): https.Agent | undefined {
  try {
    return createAgent({ system, fetchIntermediates: true, revocation: 'soft-fail' });
  } catch {
    return undefined;
  }
}

function ask(agent: https.Agent | undefined, servername: string): Promise<string> {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      servername,
      timeout: 20_000,
      ...(agent ? { agent } : {}),
    };
    const request = https.get(options, (response) => {
      response.resume();
      resolve('answered');
    });
    request.on('timeout', () => request.destroy());
    request.on('error', ({ message }: Error) => {
      resolve(message);
    });
  });
}

async function main(): Promise<void> {
  const agent = agentOrNone();
  for (let chain = from; chain < to; chain++) {
    const servername = `c${String(chain)}.test`;
    const answer = await ask(agent, servername);
    const options = { servername, proxy: false, system, timeoutMs: 20_000 } as const;
    const { ok, diagnoses } = await explain(`https://127.0.0.1:${String(port)}`, options);
    const trusted = ok || answer === 'answered' ? ' trusted' : '';
    process.stdout.write(`${String(chain)}${trusted} ${String(diagnoses[0]?.name)}\n`);
  }
  agent?.destroy();
}

void main();
