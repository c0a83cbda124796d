// A queue in which clients take turns. A client has at most one question at work, and only a few clients have one at
// the same time. A client with many questions therefore delays itself, not the other clients.

import { StateError } from '../errors/errors.js';

/** Maximum number of questions at work at the same time, one per client. They share a model's thread. */
const MAX_AT_WORK = 4;
/**
 * Milliseconds that a client waits after it gave up a question at work. The beginning of a question delays the other
 * clients most, so a client that keeps giving up must not begin new questions at once.
 */
const REST = 250;
/** Maximum total cost of the questions at work, relative to the maximum cost of a single question. */
const ROOM = 1.5;

export interface FairLimits {
  /** Maximum number of waiting questions. */
  readonly waiting: number;
  /** Maximum cost of a single question. */
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
  /** Waiting questions by client. The client that was not served for the longest time is first. */
  readonly #waiting = new Map<string, Question[]>();
  readonly #atWork = new Map<string, number>();
  /** Clients that gave up a question less than {@link REST} ago. */
  readonly #resting = new Set<string>();
  #count = 0;

  /** @param what name of the questions in errors */
  constructor(limits: FairLimits, what: string) {
    this.#limits = limits;
    this.#what = what;
  }

  /** Number of questions that wait or are at work. */
  get length(): number {
    return this.#count + this.#atWork.size;
  }

  /**
   * Does the work when it is the client's turn.
   * @param cost cost of the work, which is mostly memory
   * @param signal aborting it removes the question from the queue
   * @throws StateError `overloaded` if too many questions wait: it refuses the last question of the client with the
   *   most questions; the signal's reason; as the work
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
    const questions = this.#waiting.get(client) ?? [];
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
      questions.push(question);
      this.#waiting.set(client, questions);
      this.#count++;
      this.#beginNext();
      if (this.#count > this.#limits.waiting) this.#refuseOne();
    });
  }

  /**
   * Refuses the last question of the client with the most questions; if several have the same number, of the last one.
   */
  #refuseOne(): void {
    const [client, questions] = [...this.#waiting].reduce((max, one) => (one[1].length >= max[1].length ? one : max));
    const last = questions.at(-1)!;
    this.#remove(client, last);
    last.refuse(
      new StateError(
        'overloaded',
        `${this.#limits.waiting} requests wait for ${this.#what} already. Try again in a moment.`,
      ),
    );
  }

  #remove(client: string, question: Question): void {
    const questions = this.#waiting.get(client)!;
    questions.splice(questions.indexOf(question), 1);
    this.#count--;
    if (questions.length === 0) this.#waiting.delete(client);
  }

  /** Begins the first question of every client that has none at work, as far as the limits allow. */
  #beginNext(): void {
    for (const [client, questions] of [...this.#waiting]) {
      if (this.#atWork.size >= MAX_AT_WORK) return;
      const [question] = questions;
      if (this.#atWork.has(client) || this.#resting.has(client) || !this.#hasRoomFor(question)) continue;
      this.#atWork.set(client, question.cost);
      this.#remove(client, question);
      if (questions.length > 0) {
        // Move the client to the end, so that the other clients have their turn first.
        this.#waiting.delete(client);
        this.#waiting.set(client, questions);
      }
      question.begin();
    }
  }

  #hasRoomFor({ cost }: Question): boolean {
    let total = cost;
    for (const costAtWork of this.#atWork.values()) total += costAtWork;
    return this.#atWork.size === 0 || total <= ROOM * this.#limits.cost;
  }
}
