import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MessageChannel } from 'node:worker_threads';

import { PatientTimer } from '../../dist/base/patient-timer.js';

/** Blocks until every timer of the test is due. */
function beBusy(): void {
  const until = performance.now() + 30;
  while (performance.now() < until);
}

/** After this turn, timers come before what has arrived. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const ended = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

describe('patient timer', () => {
  it('lets what has arrived come first', async () => {
    const { port1, port2 } = new MessageChannel();
    await turn();
    const seen: string[] = [];
    port2.on('message', (text: string) => seen.push(text));
    new PatientTimer(1, () => seen.push('too late'));
    port1.postMessage('answer');
    beBusy();
    await ended();
    port2.close();
    assert.deepEqual(seen, ['answer', 'too late']);
  });

  it('can still be stopped when its time is over', async () => {
    await turn();
    const timer = new PatientTimer(1, () => assert.fail('stopped'));
    const { port1, port2 } = new MessageChannel();
    port2.once('message', () => {
      timer.stop();
      port2.close();
    });
    port1.postMessage('answer');
    beBusy();
    await ended();
  });

  it('ends nothing before its time', async () => {
    const started = performance.now();
    await new Promise<void>((resolve) => new PatientTimer(20, resolve));
    assert.ok(performance.now() - started >= 19);
  });
});
