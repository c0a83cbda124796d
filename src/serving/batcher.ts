// Subjects of several requests encoded together: those that came turn by turn of the event loop, or within the
// deadline, up to a batch. While one batch is computed the next one gathers.

import type { ModalityData, Subjects } from '../data/dataset.js';
import { subjectNames } from '../data/row.js';
import type { Latents, ModalityPosterior } from '../inference/model-latents.js';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { clientGone } from './answer.js';

/** Who asked. */
export interface Caller {
  /** Whether it has gone. */
  readonly aborted: boolean;
  /** Aborts when it goes. Made when it is first asked for. */
  readonly signal: () => AbortSignal;
  /** Tells it from others, who have their turns beside it. */
  readonly client: string;
}

export interface BatchOptions {
  /** Subjects of a batch; a request of more is one by itself. */
  readonly subjects: number;
  /** Milliseconds that a request waits for others; 0: until the event loop has read what came with it. */
  readonly wait: number;
}

/** What was found for a batch, and where a request's subjects begin in it. */
export interface Found {
  readonly latents: Latents;
  /** Only where it was asked for. */
  readonly posterior: Readonly<Record<string, ModalityPosterior>> | undefined;
  readonly first: number;
}

interface Asked {
  readonly subjects: Subjects;
  readonly caller: Caller;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly wantsPosterior: boolean;
  asked: Asked[];
  subjects: number;
}

/** Subjects that the smallest native program encodes in the time of one. */
const ENOUGH = 16;

export class Batcher {
  readonly #model: Pick<MultimodalCausalModel, 'encode' | 'posterior'>;
  readonly #options: BatchOptions;
  readonly #onBatch: (subjects: number) => void;
  /** By the modalities that are given and what is wanted: only these go together. */
  readonly #queues = new Map<string, Queue>();
  #isBusy = false;
  #timer: NodeJS.Timeout | NodeJS.Immediate | undefined;

  constructor(
    model: Pick<MultimodalCausalModel, 'encode' | 'posterior'>,
    options: BatchOptions,
    onBatch: (subjects: number) => void = () => undefined,
  ) {
    this.#model = model;
    this.#options = options;
    this.#onBatch = onBatch;
  }

  /**
   * @throws StateError `client-gone` for a request whose caller has gone before its batch began; what the model throws
   */
  ask(subjects: Subjects, caller: Caller, wantsPosterior: boolean): Promise<Found> {
    const key = `${wantsPosterior} ${subjects.modalities.map(({ name }) => name).join(' ')}`;
    let queue = this.#queues.get(key);
    if (!queue) this.#queues.set(key, (queue = { wantsPosterior, asked: [], subjects: 0 }));
    const { asked } = queue;
    queue.subjects += subjects.ids.length;
    const isFull = queue.subjects >= this.#options.subjects;
    return new Promise((resolve, reject) => {
      asked.push({ subjects, caller, resolve, reject });
      this.#schedule(isFull);
    });
  }

  #schedule(isFull: boolean): void {
    if (this.#isBusy) return;
    const { wait } = this.#options;
    if (wait === 0) {
      this.#timer ??= this.#gather(0);
    } else if (isFull) {
      clearTimeout(this.#timer as NodeJS.Timeout | undefined);
      this.#timer = setTimeout(() => void this.#empty(), 0);
    } else {
      this.#timer ??= setTimeout(() => void this.#empty(), wait);
    }
  }

  /** Turn by turn of the event loop, as long as each brings another request, and until there are enough. */
  #gather(seen: number): NodeJS.Immediate {
    return setImmediate(() => {
      let subjects = 0;
      for (const queue of this.#queues.values()) subjects += queue.subjects;
      if (subjects > seen && subjects < Math.min(ENOUGH, this.#options.subjects)) this.#timer = this.#gather(subjects);
      else void this.#empty();
    });
  }

  /** Never rejects: a batch's error goes to those who asked. */
  async #empty(): Promise<void> {
    this.#timer = undefined;
    this.#isBusy = true;
    for (const [key, queue] of this.#queues) {
      // Patterns of modalities are many; only those in use are kept.
      this.#queues.delete(key);
      for (const part of this.#parts(queue)) await this.#answer(part, queue.wantsPosterior);
    }
    this.#isBusy = false;
    if (this.#queues.size > 0) this.#schedule(true);
  }

  /** Requests together up to a batch, without those whose caller has gone. */
  #parts({ asked }: Queue): Asked[][] {
    const parts: Asked[][] = [];
    let room = 0;
    for (const one of asked) {
      if (one.caller.aborted) {
        one.reject(clientGone());
        continue;
      }
      const { length } = one.subjects.ids;
      if (length > room) {
        parts.push([]);
        room = this.#options.subjects;
      }
      parts[parts.length - 1].push(one);
      room -= length;
    }
    // The parts with few subjects first.
    return parts.sort((a, b) => subjectsOf(a) - subjectsOf(b));
  }

  async #answer(asked: readonly Asked[], wantsPosterior: boolean): Promise<void> {
    try {
      const subjects = joined(asked.map((one) => one.subjects));
      this.#onBatch(subjects.ids.length);
      const posterior = wantsPosterior ? await this.#model.posterior(subjects, { partial: true }) : undefined;
      const latents = posterior
        ? Object.fromEntries(Object.entries(posterior).map(([name, { mean }]) => [name, mean]))
        : await this.#model.encode(subjects, { partial: true });
      let first = 0;
      for (const one of asked) {
        one.resolve({ latents, posterior, first });
        first += one.subjects.ids.length;
      }
    } catch (error) {
      for (const one of asked) one.reject(error);
    }
  }
}

function subjectsOf(asked: readonly Asked[]): number {
  return asked.reduce((sum, { subjects }) => sum + subjects.ids.length, 0);
}

/** Subjects of the same modalities, one after the other. */
function joined(parts: readonly Subjects[]): Subjects {
  if (parts.length === 1) return parts[0];
  let rows = 0;
  for (const { ids } of parts) rows += ids.length;
  const modalities = parts[0].modalities.map((modality, m): ModalityData => {
    const width = modality.values.length / parts[0].ids.length;
    const values = new Float32Array(rows * width);
    let observed: Uint8Array | undefined;
    let at = 0;
    for (const part of parts) {
      const own = part.modalities[m];
      values.set(own.values, at);
      if (own.observed) {
        observed ??= new Uint8Array(values.length).fill(1);
        observed.set(own.observed, at);
      }
      at += own.values.length;
    }
    return { ...modality, values, observed };
  });
  return { ids: subjectNames(rows), modalities };
}
