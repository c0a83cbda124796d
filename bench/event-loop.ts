// Measures the delay of JavaScript's event loop while two fits train on other threads.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Training, type Case } from './cases.js';
import type { Section } from './section.js';
import { target } from './targets.js';
import { median } from './timing.js';

const FIT: Case = { batch: 256, hidden: 64, modalities: 2, runs: 8, jacobian: true };
const MAX_LATE = 5;
/** Period of the monitor's timer in milliseconds. Its figures include this period. */
const RESOLUTION = 1;

interface EventLoopRow {
  /** 99th percentile of the delay in milliseconds, every repetition. */
  readonly p99: readonly number[];
  /** Maximal delay in milliseconds, every repetition. */
  readonly max: readonly number[];
}

export const eventLoop: Section<EventLoopRow> = {
  name: 'event-loop',
  title: 'Event loop while two fits train',

  async *measure({ quick, repetitions, progress }) {
    progress('two fits');
    await using first = Training.load(FIT, { threads: 1 });
    await using second = Training.load(FIT, { threads: 1 });
    const steps = quick ? 150 : 400;
    const onProgress = (): void => undefined;
    const p99: number[] = [];
    const max: number[] = [];
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
      delay.enable();
      await Promise.all([first, second].map(({ program }) => program.run('free', { steps, onProgress })));
      delay.disable();
      p99.push(delay.percentile(99) / 1e6 - RESOLUTION);
      max.push(delay.max / 1e6 - RESOLUTION);
    }
    yield { p99, max };
  },

  table: (rows) => ({
    head: ['', 'delay, ms', 'target'],
    rows: rows.flatMap(({ p99, max }) => [
      ['99th percentile', median(p99).toFixed(1), `≤ ${MAX_LATE}`],
      ['maximum', Math.max(...max).toFixed(1), '–'],
    ]),
  }),

  targets: (rows) =>
    rows.map(({ p99 }) =>
      target('event loop delay while two fits train, 99th percentile', median(p99), 'at most', MAX_LATE, 'ms'),
    ),
};
