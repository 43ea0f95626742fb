/**
 * Lets connections wait while the application decides: one question per certificate, a deadline, and a limit on their number.
 */
import type { TLSSocket } from 'node:tls';

import { ErrorCodes, TruststoreError } from '../errors.js';
import { checkLabel } from './options.js';
import type {
  FirstUseAnswer,
  FirstUseContext,
  FirstUseDecision,
  PeerCertificate,
  RefusalReason,
} from './types.js';

/** How a wait ends: by an answer of the application, or because it was ended from outside. */
export type Outcome =
  | { decision: 'accept' | 'block'; label: string | undefined }
  | { decision: 'settled' }
  | { refused: Extract<RefusalReason, 'declined' | 'deadline' | 'revoked' | 'store'> };

export type Ask = (
  context: FirstUseContext,
) => FirstUseDecision | FirstUseAnswer | Promise<FirstUseDecision | FirstUseAnswer>;

interface Question {
  certificate: PeerCertificate;
  waiting: Set<TLSSocket>;
  end: (outcome: Outcome) => void;
  outcome: Promise<Outcome>;
}

export interface PendingLimits {
  decisionMs: number;
  maximumPending: number;
}

export class Pending {
  readonly #limits: PendingLimits;
  readonly #questions = new Map<string, Question>();
  readonly #failed: (error: TruststoreError) => void;
  #waiting = 0;

  constructor(limits: PendingLimits, failed: (error: TruststoreError) => void) {
    this.#limits = limits;
    this.#failed = failed;
  }

  get isFull(): boolean {
    return this.#waiting >= this.#limits.maximumPending;
  }

  get certificates(): PeerCertificate[] {
    return [...this.#questions.values()].map(({ certificate }) => certificate);
  }

  certificate(fingerprint256: string): PeerCertificate | undefined {
    return this.#questions.get(fingerprint256)?.certificate;
  }

  /** `settle` runs once for each question, before the connections that waited for it go on. */
  wait(
    certificate: PeerCertificate,
    socket: TLSSocket,
    ask: Ask,
    settle: (outcome: Outcome) => Promise<Outcome>,
  ): Promise<Outcome> {
    const { fingerprint256 } = certificate;
    let question = this.#questions.get(fingerprint256);
    if (question === undefined) {
      const { outcome, end } = this.#ask(ask, settle, () => this.#questions.delete(fingerprint256));
      question = { certificate, waiting: new Set(), end, outcome };
      this.#questions.set(fingerprint256, question);
    }
    this.#join(question, socket);
    return question.outcome;
  }

  /** Ends the wait because the decision was made elsewhere. */
  end(fingerprint256: string, outcome: Outcome): void {
    this.#questions.get(fingerprint256)?.end(outcome);
  }

  #join(question: Question, socket: TLSSocket): void {
    this.#waiting++;
    question.waiting.add(socket);
    const leave = (): void => {
      if (!question.waiting.delete(socket)) return;
      this.#waiting--;
      socket.off('close', leave);
      // No connection waits for the answer any more; the question may be asked again later.
      if (question.waiting.size === 0) question.end({ refused: 'declined' });
    };
    socket.once('close', leave);
    void question.outcome.then(leave);
  }

  #ask(
    ask: Ask,
    settle: (outcome: Outcome) => Promise<Outcome>,
    ended: () => void,
  ): Pick<Question, 'end' | 'outcome'> {
    const abort = new AbortController();
    let end: Question['end'] = () => undefined;
    const first = new Promise<Outcome>((resolve) => {
      end = resolve;
    });
    const timer = setTimeout(() => {
      end({ refused: 'deadline' });
    }, this.#limits.decisionMs);
    // The waiting connections keep the process alive; the deadline does not.
    timer.unref();
    void this.#answer(ask, abort.signal).then(end);
    const outcome = first.then(async (answer) => {
      clearTimeout(timer);
      try {
        return await settle(answer);
      } finally {
        ended();
        abort.abort();
      }
    });
    return { end, outcome };
  }

  async #answer(ask: Ask, signal: AbortSignal): Promise<Outcome> {
    try {
      return toOutcome(await ask({ signal }));
    } catch (error) {
      // If a prompt ends because its signal was aborted, it has not failed.
      if (!signal.aborted) this.#failed(toDecideError(error));
      return { refused: 'declined' };
    }
  }
}

/** Accepts only the exact words, so that `true` or an arbitrary object lets no client in. */
function toOutcome(answer: FirstUseDecision | FirstUseAnswer): Outcome {
  const { decision, label }: FirstUseAnswer =
    typeof answer === 'string' || !answer ? { decision: answer } : answer;
  if (decision === 'accept' || decision === 'block') return { decision, label: checkLabel(label) };
  if (decision === 'refuse') return { refused: 'declined' };
  throw new TypeError(
    `decide() must answer 'accept', 'refuse' or 'block', not ${String(decision)}`,
  );
}

function toDecideError(cause: unknown): TruststoreError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TruststoreError(
    ErrorCodes.INVALID_ARGUMENT,
    `decide() failed, so the client was refused: ${reason}`,
    { operation: 'decide', cause },
  );
}
