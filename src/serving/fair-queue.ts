// Questions in turns of those who ask: each client has one at work, beside those of a few others, so that who asks much
// waits for himself and not the others for him.

import { StateError } from '../errors.js';

/** Clients whose questions are at work at the same time; they share a model's thread. */
const MAX_AT_WORK = 4;
/**
 * Milliseconds that a client waits after it gave up a question that was at work. Beginning a question costs other
 * clients most, and a client that keeps giving up would keep beginning.
 */
const REST = 250;
/** All questions at work may cost together this many times as much as the largest question. */
const ROOM = 1.5;

export interface FairLimits {
  /** Questions that wait. */
  readonly waiting: number;
  /** Of a single question, in the unit of its cost. */
  readonly cost: number;
}

interface Question {
  readonly cost: number;
  readonly begin: () => void;
  readonly refuse: (error: StateError) => void;
}

export class FairQueue {
  readonly #limits: FairLimits;
  readonly #what: string;
  /** By client, the one that has not been served for the longest time first. */
  readonly #waiting = new Map<string, Question[]>();
  readonly #atWork = new Map<string, number>();
  /** Clients that have given up a question a moment ago. */
  readonly #resting = new Set<string>();
  #count = 0;

  /** @param what the questions are called in errors */
  constructor(limits: FairLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
  }

  /** Questions that wait or are at work. */
  get length(): number {
    return this.#count + this.#atWork.size;
  }

  /**
   * Does the work when it is the client's turn.
   * @param cost of the work: memory, above all
   * @param signal aborted: the question waits no longer
   * @throws StateError `overloaded` where too many wait: then the last question of the client with most of them goes;
   *   the signal's reason; what the work throws
   */
  async take<Result>(client: string, cost: number, work: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    await this.#turn(client, cost, signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#atWork.delete(client);
      if (signal.aborted) this.#rest(client);
      this.#beginNext();
    }
  }

  #rest(client: string): void {
    this.#resting.add(client);
    const end = setTimeout(() => {
      this.#resting.delete(client);
      this.#beginNext();
    }, REST);
    end.unref();
  }

  #turn(client: string, cost: number, signal: AbortSignal): Promise<void> {
    const own = this.#waiting.get(client) ?? [];
    return new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#remove(client, question);
        reject(signal.reason as Error);
      };
      const ended = (): void => {
        signal.removeEventListener('abort', leave);
      };
      const question: Question = {
        cost,
        begin: () => {
          ended();
          resolve();
        },
        refuse: (error) => {
          ended();
          reject(error);
        },
      };
      signal.addEventListener('abort', leave);
      own.push(question);
      this.#waiting.set(client, own);
      this.#count++;
      this.#beginNext();
      if (this.#count > this.#limits.waiting) this.#refuseOne();
    });
  }

  /** The client with most questions loses its last one; of several with as many, the one that came last. */
  #refuseOne(): void {
    const [client, theirs] = [...this.#waiting].reduce((most, one) => (one[1].length >= most[1].length ? one : most));
    const last = theirs.at(-1)!;
    this.#remove(client, last);
    last.refuse(
      new StateError(
        'overloaded',
        `${this.#limits.waiting} requests wait for ${this.#what} already; try again in a moment.`,
      ),
    );
  }

  #remove(client: string, question: Question): void {
    const own = this.#waiting.get(client)!;
    own.splice(own.indexOf(question), 1);
    this.#count--;
    if (own.length === 0) this.#waiting.delete(client);
  }

  /** Begins the first question of every client that has none at work, as far as there is room. */
  #beginNext(): void {
    for (const [client, own] of [...this.#waiting]) {
      if (this.#atWork.size >= MAX_AT_WORK) return;
      const [question] = own;
      if (this.#atWork.has(client) || this.#resting.has(client) || !this.#hasRoomFor(question)) continue;
      this.#atWork.set(client, question.cost);
      this.#remove(client, question);
      if (own.length > 0) {
        // To the end: the others come first.
        this.#waiting.delete(client);
        this.#waiting.set(client, own);
      }
      question.begin();
    }
  }

  #hasRoomFor({ cost }: Question): boolean {
    let total = cost;
    for (const own of this.#atWork.values()) total += own;
    return this.#atWork.size === 0 || total <= ROOM * this.#limits.cost;
  }
}
