// How late JavaScript's event loop is while two fits train on threads of their own.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Training, type Case } from './cases.js';
import type { Section } from './section.js';
import { target } from './targets.js';
import { median } from './timing.js';

const FIT: Case = { batch: 256, hidden: 64, modalities: 2, runs: 8, jacobian: true };
const MAX_LATE = 5;
/** The monitor's own timer, which its figures include. */
const RESOLUTION = 1;

interface EventLoopRow {
  /** Milliseconds by which the loop is late, every repetition. */
  readonly p99: readonly number[];
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
      ['largest', Math.max(...max).toFixed(1), '–'],
    ]),
  }),

  targets: (rows) =>
    rows.map(({ p99 }) =>
      target('event loop delay while two fits train, 99th percentile', median(p99), 'at most', MAX_LATE, 'ms'),
    ),
};
