// What the supervisor and a worker tell each other.

import { createHash } from 'node:crypto';

/** What the supervisor tells a worker. */
export interface Order {
  readonly program: string;
  readonly corpora: readonly string[];
  /** Where inputs that reach something new are kept. */
  readonly kept: string;
  /** The file that always holds the input that runs. */
  readonly running: string;
  readonly words: readonly string[];
  readonly isOwn: readonly boolean[];
  readonly executions: number;
  readonly until: number;
  readonly seed: number;
  readonly mostBytes: number;
  /** [executions, length of the input that runs, edges, own edges, features, inputs kept]. */
  readonly state: Int32Array;
  /** The input that runs. */
  readonly input: Uint8Array;
}

export interface Finding {
  readonly bytes: Uint8Array;
  readonly what: string;
  /** The digest of a longer input that was told before. */
  readonly insteadOf?: string;
}

/** Names an input. */
export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex').slice(0, 16);
