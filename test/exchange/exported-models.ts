// Models for tests of the export: every kind of column and every network, with raw values of subjects and the values
// that the model reads.

import { columnValues } from '../../src/data/column-values.js';
import type { ColumnScale, ModalityScales } from '../../src/data/dataset.js';
import { isSize, kindScales } from '../../src/data/kinds.js';
import { sizesOf, valuesPerSubject } from '../../src/data/regular-array.js';
import type { NetworkConfig } from '../../src/data/network.js';
import { splineConstants, splineValue } from '../../src/data/natural-spline.js';
import { observationOf } from '../../src/data/observation.js';
import { encodeColumns } from '../../src/data/standardise.js';
import { columnsRead } from '../../src/data/transform.js';
import { COLUMN_KINDS, kindNamed } from '../../src/likelihoods/kinds.js';
import type { ModelConfig } from '../../src/networks/multimodal.js';
import { RandomStream } from '../../src/random/random-stream.js';

export const ROWS = 300;

/** A modality and raw values of its subjects, NaN for missing ones. */
interface RawModality {
  readonly scales: ModalityScales;
  readonly latents: number;
  readonly network?: NetworkConfig;
  readonly shiftInvariant?: number;
  /**
   * Rows × columns of the input: read columns, then levels and numbers of covariates, then batches; for images and
   * series all values.
   */
  readonly raw: Float64Array;
  readonly covariates?: readonly Float64Array[];
  /** Position of the batch of each row. */
  readonly batches?: Float64Array;
}

export interface Case {
  readonly name: string;
  readonly modalities: readonly RawModality[];
  readonly config?: Partial<ModelConfig>;
  readonly rows?: number;
}

/** Random numbers, first for the cases, then for the weights. */
export const random = new RandomStream(11, 1);

const plain = (name: string, mean = 0, sd = 1, more: Partial<ColumnScale> = {}): ColumnScale => ({
  name,
  log: false,
  offset: 0,
  mean,
  sd,
  ...more,
});

function table(rows: number, columns: readonly ((row: number) => number)[]): Float64Array {
  return Float64Array.from({ length: rows * columns.length }, (_, i) =>
    columns[i % columns.length](Math.floor(i / columns.length)),
  );
}

const around = (mean: number, sd: number) => () => mean + sd * random.normal();
const counted = (mean: number) => () => Math.floor(mean * Math.exp(random.normal()));
const level = (levels: number) => (row: number) => (row * 7 + Math.floor(row / 3)) % levels;
/** Returns values that are missing in every `every`-th row. */
const sparse = (every: number, value: (row: number) => number) => (row: number) =>
  row % every === 0 ? NaN : value(row);

function plainModality(name: string, columns: number, latents: number, every = Infinity): RawModality {
  const scales = Array.from({ length: columns }, (_, c) => plain(`c${c}`, 10 * c - 4, 1 + c));
  const raw = table(
    ROWS,
    scales.map(({ mean, sd }, c) => sparse(every + c, around(mean, sd))),
  );
  return { scales: { name, columns: scales }, latents, raw };
}

export function transformedModality(
  name: string,
  transform: ModalityScales['transform'],
  kinds: Partial<ColumnScale> = {},
): RawModality {
  const columns = Array.from({ length: 4 }, (_, c) => plain(`c${c}`, 0.2, 2, kinds));
  return {
    scales: { name, columns, transform },
    latents: 2,
    raw: table(
      ROWS,
      columns.map(() => counted(40)),
    ),
  };
}

function series(name: string, network: NetworkConfig, more: Partial<RawModality> = {}): RawModality {
  const columns = [plain('flow', 3, 2), plain('pulse', 60, 12)];
  const regularArray = { kind: 'series', steps: 21, seconds: 1 } as const;
  const raw = table(60 * 21 * 2, [around(20, 30)]);
  return { scales: { name, columns, regularArray }, latents: 3, network, raw, ...more };
}

function image(name: string, network: NetworkConfig, more: Partial<RawModality> = {}): RawModality {
  const columns = ['red', 'green', 'blue'].map((channel) => plain(channel, 110, 50));
  const regularArray = { kind: 'image', height: 18, width: 20 } as const;
  return {
    scales: { name, columns, regularArray },
    latents: 3,
    network,
    raw: table(20 * 18 * 20 * 3, [around(110, 50)]),
    ...more,
  };
}

/** Returns a measurement, and a column for every kind of numbers except sizes. */
function numbersOfKinds(): RawModality {
  const kinds = COLUMN_KINDS.filter((kind) => kindNamed(kind).form === 'numbers' && !isSize(kind));
  const columns = kinds.map((kind) => {
    const row = kindNamed(kind);
    if (row.form !== 'numbers') throw new Error(`${kind} has no link`);
    const drawn = (): number => {
      const number = row.link.inverse(1 + random.normal());
      const nearest = row.nearest?.(number) ?? number;
      return row.accepts(nearest) ? nearest : drawn();
    };
    return { name: kind, kind, values: Float64Array.from({ length: ROWS }, drawn) };
  });
  const all = Int32Array.from({ length: ROWS }, (_, row) => row);
  const scales = [plain('age', -3, 10), ...columns.flatMap((column) => kindScales(column, all))];
  const raw = table(ROWS, [around(-3, 10), ...columns.map(({ values }, c) => sparse(5 + c, (row) => values[row]))]);
  return { scales: { name: 'a', columns: scales }, latents: 2, raw };
}

const covariate = table(ROWS, [around(50, 10)]);
/** Some subjects are younger than the first knot or older than the last. */
const KNOTS = [40, 48, 53, 60];
const sex = table(ROWS, [level(2)]);

export const CASES: readonly Case[] = [
  {
    name: 'tables, two of one shape',
    modalities: [plainModality('body', 5, 2), plainModality('sleep', 3, 1), plainModality('blood', 5, 2)],
  },
  {
    name: 'component maps',
    modalities: [plainModality('a', 4, 3), plainModality('b', 6, 3)],
    config: { componentMap: 5 },
  },
  {
    name: 'shared latents',
    modalities: [plainModality('a', 4, 3), plainModality('b', 6, 2)],
    config: { componentMap: 4, shared: { latents: 1, modalities: [0, 1] } },
  },
  {
    name: 'missing values, subjects without a modality',
    modalities: [plainModality('a', 4, 2, 5), plainModality('b', 4, 2), plainModality('c', 3, 2, 7)],
    config: { filling: 2 },
  },
  {
    name: 'logarithms, limits, years near 2005',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('year', 2005, 1.4),
            plain('dose', 1, 0.8, { log: true, offset: 0.5 }),
            plain('held', 0, 1, { limits: { lower: -1, upper: 0.5 } }),
          ],
        },
        latents: 2,
        raw: table(ROWS, [around(2005, 1.4), counted(3), around(0, 1)]),
      },
    ],
  },
  {
    name: 'covariates',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [plain('x', 1, 2, { slopes: [0.5, -1] }), plain('y', 3, 2, { slopes: [2, 0.25] })],
          covariates: [
            { column: 'age', mean: 50, sd: 10 },
            { column: 'sex', level: 'f', mean: 0.5, sd: 0.5 },
          ],
        },
        latents: 1,
        covariates: [covariate, sex],
        raw: table(ROWS, [around(1, 2), around(3, 2), (row) => covariate[row], (row) => sex[row]]),
      },
    ],
  },
  {
    name: 'batches and covariates',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('x', 1, 2, { slopes: [0.5], batches: { offsets: [-1, 0.5], factors: [0.5, 2] } }),
            plain('y', 3, 2, { slopes: [2], batches: { offsets: [0.2, -0.1] } }),
          ],
          batches: { column: 'site', levels: ['A', 'B'] },
          covariates: [{ column: 'age', mean: 50, sd: 10 }],
        },
        latents: 1,
        covariates: [covariate],
        // Site A, then site B, then an average site.
        batches: Float64Array.from({ length: ROWS }, (_, row) => [0, 1, NaN][row % 3]),
        raw: table(ROWS, [
          around(1, 2),
          around(3, 2),
          (row) => covariate[row],
          (row) => Number(row % 3 === 0),
          (row) => Number(row % 3 === 1),
        ]),
      },
    ],
  },
  {
    name: 'splines',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('x', 1, 2, { slopes: [0.5, 0.8, -1, -1.5] }),
            plain('y', 3, 2, { slopes: [2, -1, 0.25, 0.5] }),
          ],
          covariates: [
            { column: 'age', mean: 50, sd: 10 },
            { column: 'age', spline: { knots: KNOTS, term: 0 }, mean: 4, sd: 5 },
            { column: 'sex', level: 'f', mean: 0.5, sd: 0.5 },
            { column: 'age', spline: { knots: KNOTS, term: 1 }, mean: 1, sd: 2 },
          ],
        },
        latents: 1,
        covariates: [covariate, covariate, sex, covariate],
        raw: table(ROWS, [around(1, 2), around(3, 2), (row) => covariate[row], (row) => sex[row]]),
      },
    ],
  },
  {
    name: 'transforms',
    modalities: [
      transformedModality('a', { kind: 'log1p' }),
      transformedModality('b', { kind: 'arcsinh', cofactor: 5 }),
      transformedModality('c', { kind: 'cpm', over: ['c0', 'c1', 'c2', 'c3', 'c4'], meanTotal: 200 }),
      transformedModality('d', { kind: 'clr', over: ['c0', 'c1', 'c2', 'c3'], zero: 0.5 }),
    ].map((modality) =>
      modality.scales.name === 'c'
        ? {
            ...modality,
            raw: table(
              ROWS,
              Array.from({ length: 5 }, () => counted(40)),
            ),
          }
        : modality,
    ),
  },
  {
    name: 'counts with their total, levels',
    modalities: [
      {
        scales: {
          name: 'a',
          columns: [
            plain('reads', 2, 1, { kind: 'count', log: true, offset: 1 }),
            plain('hits', 1, 1, { kind: 'count', log: true, offset: 1 }),
            plain('size=total', 0.3, 1, { kind: 'size', log: true, total: true }),
          ],
        },
        latents: 2,
        raw: table(ROWS, [sparse(9, counted(6)), sparse(6, counted(2))]),
      },
      {
        scales: {
          name: 'b',
          columns: [
            plain('smoker', 0, 1, { kind: 'binary' }),
            ...[0, 1, 2].map((k) => plain(`site=${k}`, 0, 1, { kind: 'categorical', of: 'site', level: k })),
            ...[1, 2, 3].map((k) => plain(`pain>=${k}`, 0, 1, { kind: 'ordinal', of: 'pain', level: k })),
            plain('age', 50, 10),
          ],
          levels: { smoker: ['no', 'yes'], site: ['a', 'b', 'c'], pain: ['0', '1', '2', '3'] },
        },
        latents: 2,
        raw: table(ROWS, [level(2), sparse(4, level(3)), sparse(5, level(4)), around(50, 10)]),
      },
    ],
    config: { filling: 1 },
  },
  { name: 'numbers of every kind', modalities: [numbersOfKinds(), plainModality('b', 3, 1)], config: { filling: 1 } },
  {
    name: 'series: conv1d, lstm, gru',
    rows: 60,
    modalities: [
      series('conv', { kind: 'conv1d' }, { raw: table(60 * 42, [sparse(31, around(20, 30))]) }),
      series('lstm', { kind: 'lstm', widths: [5, 4] }),
      series('twin', { kind: 'lstm', widths: [5, 4] }),
      series('gru', { kind: 'gru', widths: [6] }),
    ],
  },
  {
    name: 'images: conv with shift-invariant latents, resnet18',
    rows: 20,
    modalities: [
      image('conv', { kind: 'conv' }, { shiftInvariant: 1 }),
      image('residual', { kind: 'resnet18', widths: [4, 6, 8, 8], stem: 'large' }),
      image('small', { kind: 'resnet18', widths: [4, 4, 4, 4], stem: 'small' }),
    ],
    config: { latentEncoders: true, componentMap: 3 },
  },
];

/** Standardises values like the reader of studies. */
export function standardised({ scales, raw, covariates = [], batches }: RawModality, rows: number) {
  const ids = Array.from({ length: rows }, (_, row) => `s${row}`);
  if (scales.regularArray) {
    const width = valuesPerSubject(scales);
    const channel = (at: number) => scales.columns[Math.floor((at % width) / (width / scales.columns.length))];
    const observed = Uint8Array.from(raw, (value) => Number(!Number.isNaN(value)));
    const values = Float32Array.from(raw, (value, at) =>
      Number.isNaN(value) ? 0 : (value - channel(at).mean) / channel(at).sd,
    );
    return { values, ...(observed.includes(0) && { observed }) };
  }
  const names = columnsRead(scales);
  const width = raw.length / rows;
  const column = (name: string): Float64Array =>
    Float64Array.from(ids, (_, row) => raw[row * width + names.indexOf(name)]);
  const values = columnValues(scales, { modality: scales.name, ids, names, column });
  const terms = (scales.covariates ?? []).map(({ spline, mean, sd }, t) =>
    covariates[t].map((value) => ((spline ? splineValue(splineConstants(spline), value) : value) - mean) / sd),
  );
  return encodeColumns(values, scales, ids, { covariates: terms, batches });
}

/** Returns the shape of the raw values for other programs. */
export function shapeOf({ scales: { regularArray, columns }, raw }: RawModality, rows: number): number[] {
  if (!regularArray) return [rows, raw.length / rows];
  return [rows, columns.length, ...sizesOf(regularArray)];
}

export function configOf(
  { modalities, config = {} }: Case,
  values: readonly ReturnType<typeof standardised>[],
): ModelConfig {
  return {
    ...{ hidden: 7, componentMap: 0, flow: 'affine', components: 2, flowHidden: 4, within: false, graph: 'ordered' },
    gates: true,
    modalities: modalities.map(({ scales, latents, network, shiftInvariant }, m) => ({
      name: scales.name,
      observation: observationOf({ ...scales, ...values[m], network, shiftInvariant }),
      latents,
      exogenous: 1,
    })),
    ...config,
  };
}
