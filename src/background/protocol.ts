// What a thread of the background and its caller say to each other.

import type { SerializedError } from '../threads/serialized-error.js';
import type { AnsweringModel } from './model-answers.js';

export interface ThreadStart {
  readonly niceness: number;
}

/** Functions of the caller by name, undefined for one that it does not have; what they return is not waited for. */
export type Listeners = Readonly<Record<string, ((value: never) => void) | undefined>>;

/** `next` and `end` are of a call that answers with many items. */
export type ToThread =
  | {
      readonly call: number;
      readonly method: string;
      /** Taken out once it is read. */
      given: readonly unknown[];
      /** Names of the listeners that the caller has. */
      readonly listeners: readonly string[];
    }
  /** Calls that follow are questions to this model; to none: single tasks, as in the beginning. */
  | { readonly model: AnsweringModel | undefined }
  | { readonly abort: number }
  | { readonly next: number }
  | { readonly end: number };

export type FromThread = { readonly call: number } & (
  | { readonly told: string; readonly value: unknown }
  | { readonly items: readonly unknown[]; readonly isLast: boolean }
  | { readonly result: unknown }
  | { readonly error: SerializedError }
  /** An error that is none of ours. */
  | { readonly foreign: unknown }
  /** The call ended because it was told to. */
  | { readonly stopped: true }
);
