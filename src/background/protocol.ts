// Messages between a background thread and its caller.

import type { SerializedError } from '../errors/serialized-error.js';
import type { AnsweringModel } from './model-answers.js';

export interface ThreadStart {
  readonly niceness: number;
}

/** Callbacks of the caller by name, undefined if the caller has none. Their results are not awaited. */
export type Listeners = Readonly<Record<string, ((value: never) => void) | undefined>>;

/** A message to the thread. `next` and `end` belong to a call that answers with many items. */
export type ToThread =
  | {
      readonly call: number;
      readonly method: string;
      /** Emptied once it is read, to free its memory. */
      args: readonly unknown[];
      /** Names of the listeners that the caller has. */
      readonly listeners: readonly string[];
    }
  /** The following calls are questions to this model, or single tasks if it is undefined, as at the start. */
  | { readonly model: AnsweringModel | undefined }
  | { readonly abort: number }
  | { readonly next: number }
  | { readonly end: number };

export type FromThread = { readonly call: number } &
  /** A call of a listener with one value. */
  (
    | { readonly listener: string; readonly value: unknown }
    | { readonly items: readonly unknown[]; readonly isLast: boolean }
    | { readonly result: unknown }
    | { readonly error: SerializedError }
    /** An error of another program, such as Node.js. */
    | { readonly foreign: unknown }
    /** The call ended because it was aborted. */
    | { readonly stopped: true }
  );
