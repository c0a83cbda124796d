// Messages between the supervisor and a worker.

import { createHash } from 'node:crypto';

/** The message from the supervisor that starts a worker. */
export interface Order {
  readonly program: string;
  readonly corpora: readonly string[];
  /** Folder of inputs that reach new edges. */
  readonly retained: string;
  /** File that always contains the current input. */
  readonly running: string;
  readonly words: readonly string[];
  readonly isSource: readonly boolean[];
  readonly executions: number;
  readonly until: number;
  readonly seed: number;
  readonly maxBytes: number;
  /** [executions, length of the current input, edges, edges in our code, features, retained inputs]. */
  readonly state: Int32Array;
  /** The current input. */
  readonly input: Uint8Array;
}

export interface Finding {
  readonly bytes: Uint8Array;
  readonly what: string;
  /** Digest of a longer input that was reported before and that this finding replaces. */
  readonly insteadOf?: string;
}

/** Returns the name of an input. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
