// What a worker of fits is told, and of which kind each option is.

import type { OptionShapes } from '../argument.js';
import type { DeviceName, MatmulPrecision } from '../runtime/device.js';
import type { Logger } from '../telemetry/logger.js';
import type { NicenessOption } from '../threads/niceness.js';
import type { FitQueue } from './queued-fit.js';

export interface FitProcessorOptions extends NicenessOption {
  /** Studies and RUN folders lie inside; jobs that name others are refused. */
  readonly root: string;
  /** The jobs' own queue, which is asked whether a job was cancelled. */
  readonly queue: Pick<FitQueue, 'getJob'>;
  /** Aborted when this worker is to end: its fit writes a checkpoint, and the job goes to another worker. */
  readonly signal?: AbortSignal;
  readonly threads?: number;
  readonly device?: DeviceName;
  readonly matmulPrecision?: MatmulPrecision;
  readonly logger?: Logger;
  /** Seconds between checkpoints, as of `fit`. */
  readonly checkpointEvery?: number;
  /** Milliseconds between two looks whether the job was cancelled, and two tellings of progress. Default: 1000. */
  readonly lookEvery?: number;
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
  lookEvery: 'number',
};
