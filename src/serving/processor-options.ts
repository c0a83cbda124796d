// Options of a worker that fits models, and the type of each.

import type { OptionShapes } from '../errors/argument.js';
import type { DeviceName, MatmulPrecision } from '../runtime/device.js';
import type { Logger } from '../runtime/logger.js';
import type { NicenessOption } from '../threads/niceness.js';
import type { FitQueue } from './queued-fit.js';

export interface FitProcessorOptions extends NicenessOption {
  /** Folder of all studies and RUN folders. A job that names a path outside it is refused. */
  readonly root: string;
  /** Queue of the jobs. The worker asks it whether a job was cancelled. */
  readonly queue: Pick<FitQueue, 'getJob'>;
  /** Abort it to end this worker: its fit writes a checkpoint, and the job returns to the queue. */
  readonly signal?: AbortSignal;
  readonly threads?: number;
  readonly device?: DeviceName;
  readonly matmulPrecision?: MatmulPrecision;
  readonly logger?: Logger;
  /** Seconds between checkpoints, as in `fit`. */
  readonly checkpointEvery?: number;
  /** Milliseconds between checks for a cancellation, and between reports of progress. Default: 1000. */
  readonly pollEvery?: number;
}

export const PROCESSOR_OPTIONS: OptionShapes<FitProcessorOptions> = {
  root: 'text',
  queue: {},
  signal: 'signal',
  threads: 'number',
  niceness: 'number',
  device: 'text',
  matmulPrecision: 'text',
  logger: { info: 'function', warn: 'function', error: 'function' },
  checkpointEvery: 'number',
  pollEvery: 'number',
};
