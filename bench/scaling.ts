// Measures how the time of our training step grows with each of its sizes and with threads. One size varies at a time.

import { shapeName, Training, type Case } from './cases.js';
import { linePanels } from './plots.js';
import { announced, type Section } from './section.js';
import { median } from './timing.js';

const BASE: Case = { batch: 256, hidden: 64, modalities: 2, runs: 1, latents: 2, columns: 15, jacobian: false };

/** Time of one repetition. */
const SECONDS = 0.05;

const AXES = {
  batch: [32, 64, 128, 256, 512, 1024, 2048, 4096],
  hidden: [16, 32, 64, 128, 256],
  modalities: [2, 4, 8, 16, 32, 64],
  latents: [1, 2, 4, 8],
  runs: [1, 2, 4, 8, 16, 32, 64, 128],
} as const;
type Axis = keyof typeof AXES;

const AXIS_NAMES: Readonly<Record<Axis, string>> = {
  batch: 'batch',
  hidden: 'hidden width',
  modalities: 'modalities',
  latents: 'latents per modality',
  runs: 'runs',
};

interface ScalingRow extends Case {
  readonly axis: Axis;
  readonly threads: number;
  /** Milliseconds per step, every repetition. */
  readonly times: readonly number[];
}

const stepsPerSecond = ({ times }: ScalingRow): number => 1000 / median(times);

export const scaling: Section<ScalingRow> = {
  name: 'scaling',
  title: 'Scaling',

  async *measure({ quick, threads, progress }) {
    const repetitions = quick ? 1 : 3;
    const points = (Object.keys(AXES) as Axis[]).flatMap((axis) => {
      const values = AXES[axis].filter((_, i, all) => !quick || i === 0 || i === all.length - 1);
      return values.flatMap((value) =>
        [false, true].flatMap((jacobian) =>
          threads.map((count) => ({ axis, threads: count, one: { ...BASE, jacobian, [axis]: value } })),
        ),
      );
    });
    const text = ({ axis, threads: count, one }: (typeof points)[number]): string =>
      `${AXIS_NAMES[axis]} ${one[axis] ?? ''}, ${curve(one, count)}`;
    for (const { axis, threads: count, one } of announced(points, progress, text)) {
      await using training = Training.load(one, { threads: count });
      const times: number[] = [];
      for (let i = 0; i < repetitions; i++) times.push(await training.milliseconds(SECONDS));
      yield { ...one, axis, threads: count, times };
    }
  },

  table(rows) {
    const curves = curvesOf(rows);
    const points = new Map<string, ScalingRow[]>();
    for (const row of rows) {
      const key = `${row.axis}|${row[row.axis] ?? ''}`;
      points.set(key, [...(points.get(key) ?? []), row]);
    }
    return {
      head: ['varied', 'value', ...curves.map((name) => `steps/s ${name}`)],
      rows: Array.from(points.values(), (ofPoint) => [
        AXIS_NAMES[ofPoint[0].axis],
        String(ofPoint[0][ofPoint[0].axis]),
        ...curves.map((name) => {
          const row = ofPoint.find((candidate) => curve(candidate, candidate.threads) === name);
          return row === undefined ? '–' : speedText(stepsPerSecond(row));
        }),
      ]),
    };
  },

  targets: () => [],

  plot: (rows) =>
    linePanels({
      title: `Training steps per second; fixed sizes: ${shapeName(BASE)}, ${BASE.latents} latents`,
      curves: curvesOf(rows),
      panels: (Object.keys(AXES) as Axis[]).map((axis) => ({
        x: AXIS_NAMES[axis],
        points: rows
          .filter((row) => row.axis === axis)
          .map((row) => ({ curve: curve(row, row.threads), x: row[axis]!, y: stepsPerSecond(row) })),
      })),
    }),
};

function curve({ jacobian }: Case, threads: number): string {
  return `${threads} ${threads === 1 ? 'thread' : 'threads'}${jacobian ? ', Jacobian penalty' : ''}`;
}

function curvesOf(rows: readonly ScalingRow[]): string[] {
  return [...new Set(rows.map((row) => curve(row, row.threads)))];
}

function speedText(steps: number): string {
  return steps >= 100 ? steps.toFixed(0) : steps.toPrecision(3);
}
