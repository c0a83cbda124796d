// What goes between programs and the thread that has the GPU.

import type { SerializedError } from '../../threads/serialized-error.js';

export interface ThreadStart {
  /** The peer's file. */
  readonly library: string;
  readonly adapter: string;
}

/** A call of a method of a program; the first one of a program is `load`, with its plan. */
export interface ToThread {
  readonly call: number;
  readonly program: number;
  readonly method: 'load' | 'upload' | 'download' | 'run' | 'cancel' | 'dispose';
  readonly given: readonly unknown[];
}

export type FromThread = { readonly call: number } & (
  | { readonly value: unknown }
  | { readonly stepsDone: number }
  | { readonly error: SerializedError | { readonly code: string | undefined; readonly message: string } }
);
