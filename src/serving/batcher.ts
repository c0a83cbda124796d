// Encodes the subjects of several requests as one batch: requests that arrive in successive turns of the event loop, or
// within a waiting time. While one batch is computed, the next one gathers.

import type { ModalityData, Subjects } from '../data/dataset.js';
import { subjectNames } from '../data/row.js';
import type { Latents, ModalityPosterior } from '../inference/model-latents.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { clientGone } from './answer.js';

/** The client that waits for an answer. */
export interface Caller {
  /** True if the client has closed the connection. */
  readonly aborted: boolean;
  /** Returns a signal that aborts when the client closes the connection. It is created on the first call. */
  readonly signal: () => AbortSignal;
  /** Identifies the client. Clients take turns. */
  readonly client: string;
}

export interface BatchOptions {
  /** Maximum number of subjects in a batch. A larger request is a batch by itself. */
  readonly subjects: number;
  /** Milliseconds that a request waits for more requests. 0: until a turn of the event loop brings no new request. */
  readonly wait: number;
}

/** Latents of a batch, and the position of a request's subjects in it. */
export interface BatchResult {
  readonly latents: Latents;
  /** Undefined unless requested. */
  readonly posterior: Readonly<Record<string, ModalityPosterior>> | undefined;
  /** Index of the request's first subject in the batch. */
  readonly first: number;
}

interface PendingRequest {
  readonly subjects: Subjects;
  readonly caller: Caller;
  readonly resolve: (result: BatchResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Queue {
  readonly wantsPosterior: boolean;
  requests: PendingRequest[];
  subjects: number;
}

/** The smallest native program encodes up to 16 subjects in the time of one. */
const ENOUGH = 16;

export class Batcher {
  readonly #model: Pick<MultimodalCausalModel, 'encode' | 'posterior'>;
  readonly #options: BatchOptions;
  readonly #onBatch: (subjects: number) => void;
  /** Queues by the modalities of the subjects, whether their causes are known, and the kind of result: only equal requests can share a batch. */
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
   * Encodes the subjects of a request in the next batch.
   * @throws StateError `client-gone` if the client has closed the connection before its batch began; as the model
   */
  ask(subjects: Subjects, caller: Caller, wantsPosterior: boolean): Promise<BatchResult> {
    const { modalities, causes } = subjects;
    const key = `${wantsPosterior} ${causes !== undefined} ${modalities.map(({ name }) => name).join(' ')}`;
    let queue = this.#queues.get(key);
    if (!queue) this.#queues.set(key, (queue = { wantsPosterior, requests: [], subjects: 0 }));
    const { requests } = queue;
    queue.subjects += subjects.ids.length;
    const isFull = queue.subjects >= this.#options.subjects;
    return new Promise((resolve, reject) => {
      requests.push({ subjects, caller, resolve, reject });
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

  /** Waits for further turns of the event loop, as long as each brings a new request and the batch is small. */
  #gather(seen: number): NodeJS.Immediate {
    return setImmediate(() => {
      let subjects = 0;
      for (const queue of this.#queues.values()) subjects += queue.subjects;
      if (subjects > seen && subjects < Math.min(ENOUGH, this.#options.subjects)) this.#timer = this.#gather(subjects);
      else void this.#empty();
    });
  }

  /** Answers all queues. It never rejects: the error of a batch rejects its requests. */
  async #empty(): Promise<void> {
    this.#timer = undefined;
    this.#isBusy = true;
    for (const [key, queue] of this.#queues) {
      // There are many possible sets of modalities, so an empty queue is removed.
      this.#queues.delete(key);
      for (const part of this.#parts(queue)) await this.#answer(part, queue.wantsPosterior);
    }
    this.#isBusy = false;
    if (this.#queues.size > 0) this.#schedule(true);
  }

  /** Divides the requests of a queue into batches, without those whose client has closed the connection. */
  #parts({ requests }: Queue): PendingRequest[][] {
    const parts: PendingRequest[][] = [];
    let room = 0;
    for (const one of requests) {
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
    // Small batches first.
    return parts.sort((a, b) => subjectsOf(a) - subjectsOf(b));
  }

  async #answer(requests: readonly PendingRequest[], wantsPosterior: boolean): Promise<void> {
    try {
      const subjects = joined(requests.map((one) => one.subjects));
      this.#onBatch(subjects.ids.length);
      const posterior = wantsPosterior ? await this.#model.posterior(subjects, { partial: true }) : undefined;
      const latents = posterior
        ? Object.fromEntries(Object.entries(posterior).map(([name, { mean }]) => [name, mean]))
        : await this.#model.encode(subjects, { partial: true });
      let first = 0;
      for (const one of requests) {
        one.resolve({ latents, posterior, first });
        first += one.subjects.ids.length;
      }
    } catch (error) {
      for (const one of requests) one.reject(error);
    }
  }
}

function subjectsOf(requests: readonly PendingRequest[]): number {
  return requests.reduce((sum, { subjects }) => sum + subjects.ids.length, 0);
}

/** Concatenates subjects that have the same modalities, and all causes of the model or none. */
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
      const rows = part.modalities[m];
      values.set(rows.values, at);
      if (rows.observed) {
        observed ??= new Uint8Array(values.length).fill(1);
        observed.set(rows.observed, at);
      }
      at += rows.values.length;
    }
    return { ...modality, values, observed };
  });
  const causes = parts[0].causes?.map((cause, c) => ({
    ...cause,
    values: Float64Array.from(parts.flatMap((part) => [...part.causes![c].values])),
  }));
  return { ids: subjectNames(rows), modalities, causes };
}
