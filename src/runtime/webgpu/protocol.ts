// Messages between programs and the thread that uses the GPU.

import type { SerializedError } from '../../errors/serialized-error.js';

export interface ThreadStart {
  /** The file of the package `webgpu`. */
  readonly library: string;
  readonly adapter: string;
}

/** A call of a method of a program. The first call of a program is `load`, with its plan. */
export interface ToThread {
  readonly call: number;
  readonly program: number;
  readonly method: 'load' | 'upload' | 'download' | 'run' | 'cancel' | 'dispose';
  readonly args: readonly unknown[];
}

export type FromThread = { readonly call: number } & (
  | { readonly value: unknown }
  | { readonly stepsDone: number }
  | { readonly error: SerializedError | { readonly code: string | undefined; readonly message: string } }
);
