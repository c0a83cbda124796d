// The scores of a method on held-out subjects: explained variance within and across modalities, related pairs,
// stability over seeds, and the match with a truth.

import { InputError } from '../errors/errors.js';
import {
  evaluate,
  meanCorrelation,
  selectRows,
  type EdgeDifferences,
  type LatentTable,
  type Samples,
} from '../metrics/index.js';
import type { Table } from '../quality/index.js';
import type { Truth } from '../simulation/truth.js';
import type { ComparedData } from './compared-data.js';
import { probe, type Probe } from './probe.js';
import type { MethodLatents } from './method.js';

/** Probes of each modality; undefined if too few subjects have the data. */
export interface Explained {
  /** Columns of the modality. */
  readonly within: (Probe | undefined)[];
  /** Columns of all other modalities. */
  readonly across: (Probe | undefined)[];
}

export function explained(data: ComparedData, latents: readonly Samples[]): Explained {
  const { modalities, split } = data;
  return {
    within: modalities.map(({ table }, m) => probe(latents[m], table, split)),
    across: modalities.map((_, m) => {
      const tables = modalities.flatMap(({ table }, i) => (i === m ? [] : [table]));
      return tables.length === 0 ? undefined : probe(latents[m], joined(tables), split);
    }),
  };
}

/** Returns the columns of several tables of the same rows, next to each other. */
export function joined(tables: readonly Table[]): Table {
  const [{ samples }] = tables;
  if (tables.length === 1) return tables[0];
  const columns = tables.reduce((sum, table) => sum + table.samples.columns, 0);
  const values = new Float32Array(samples.rows * columns);
  const observed = tables.some((table) => table.observed) ? new Uint8Array(values.length).fill(1) : undefined;
  let first = 0;
  for (const table of tables) {
    const width = table.samples.columns;
    for (let row = 0; row < samples.rows; row++) {
      const [from, to] = [row * width, (row + 1) * width];
      values.set(table.samples.values.subarray(from, to), row * columns + first);
      if (table.observed) observed!.set(table.observed.subarray(from, to), row * columns + first);
    }
    first += width;
  }
  return { samples: { values, rows: samples.rows, columns }, observed };
}

/** A mean of explained shares with its standard error over subjects, or over groups. */
export interface Share {
  readonly r2: number;
  /** null if there are fewer than five subjects or groups. */
  readonly error: number | null;
}

/** Influence of each subject, or group, on a mean of shares. */
export interface WeightedShare {
  readonly r2: number;
  readonly influences: ReadonlyMap<string, number>;
}

const MIN_UNITS = 5;

/** Returns the mean of some probes; undefined if there are none. */
export function meanShare(probes: readonly (Probe | undefined)[], data: ComparedData): WeightedShare | undefined {
  const known = probes.filter((one) => one !== undefined);
  if (known.length === 0) return undefined;
  const influences = new Map<string, number>();
  for (const { rows, influences: ofRows } of known) {
    rows.forEach((row, i) => {
      const unit = data.groups?.[row] ?? data.ids[row];
      influences.set(unit, (influences.get(unit) ?? 0) + ofRows[i] / known.length);
    });
  }
  return { r2: known.reduce((sum, { r2 }) => sum + r2, 0) / known.length, influences };
}

/** Returns the mean over seeds; undefined if a seed has none. */
export function overSeeds(shares: readonly (WeightedShare | undefined)[]): WeightedShare | undefined {
  const known = shares.filter((share) => share !== undefined);
  if (known.length < shares.length) return undefined;
  const influences = new Map<string, number>();
  for (const share of known) {
    for (const [unit, value] of share.influences) {
      influences.set(unit, (influences.get(unit) ?? 0) + value / known.length);
    }
  }
  return { r2: known.reduce((sum, { r2 }) => sum + r2, 0) / known.length, influences };
}

/** Returns the share with its standard error, by linearisation. */
export function shareOf({ r2, influences }: WeightedShare): Share {
  const units = influences.size;
  const squares = [...influences.values()].reduce((sum, value) => sum + value ** 2, 0);
  return { r2, error: units < MIN_UNITS ? null : Math.sqrt((squares * units) / (units - 1)) };
}

/** Returns the difference of two shares of the same subjects. */
export function differenceOf(one: WeightedShare, other: WeightedShare): Share {
  const units = new Set([...one.influences.keys(), ...other.influences.keys()]);
  const influences = new Map(
    [...units].map((unit) => [unit, (one.influences.get(unit) ?? 0) - (other.influences.get(unit) ?? 0)]),
  );
  return shareOf({ r2: one.r2 - other.r2, influences });
}

/**
 * Returns the mean |correlation| of matched latents over all pairs of fits and modalities, in held-out subjects;
 * undefined for a single fit.
 */
export function stability(fits: readonly Pick<MethodLatents, 'latents'>[], rows: Int32Array): number | undefined {
  const figures = fits.flatMap((one, i) =>
    fits.slice(i + 1).flatMap((other) =>
      one.latents.map((samples, m) => {
        const isKnown = ({ values, columns }: Samples, row: number) => !Number.isNaN(values[row * columns]);
        const known = rows.filter((row) => isKnown(samples, row) && isKnown(other.latents[m], row));
        const layout = { modalities: [samples.columns], estimated: [other.latents[m].columns] };
        return meanCorrelation(selectRows(samples, known), selectRows(other.latents[m], known), layout).pearson.mean;
      }),
    ),
  );
  return figures.length === 0 ? undefined : figures.reduce((sum, value) => sum + value, 0) / figures.length;
}

export interface TruthScores {
  readonly mcc: number;
  /** Mean MCC of random rotations of the true latents. */
  readonly chance: number;
  /** (MCC − chance) / (1 − chance); null if every modality has one latent. */
  readonly corrected: number | null;
  readonly r2: number;
  /** Number of wrong edges between modalities; null for a method without a graph. */
  readonly shd: number | null;
  /** Expected SHD of as many edges at random places; null for a method without a graph. */
  readonly shdChance: number | null;
}

/** Minimum number of held-out subjects for a comparison with a truth. */
const MIN_TRUE = 30;

/** Returns the held-out rows with all modalities and a truth. */
function truthRows(data: ComparedData, rowOf: ReadonlyMap<string, number>): Int32Array {
  return data.split.test.filter(
    (row) => rowOf.has(data.ids[row]) && data.modalities.every(({ present }) => present[row] === 1),
  );
}

/** Checks before any fit that enough held-out subjects have a truth. @throws InputError `too-few-samples` */
export function checkTruth(data: ComparedData, { ids }: Pick<Truth, 'ids'>): void {
  const { length } = truthRows(data, new Map(ids.map((id, row) => [id, row])));
  if (length >= MIN_TRUE) return;
  throw new InputError(
    'too-few-samples',
    `Only ${length} held-out subjects have all modalities and a truth; at least ${MIN_TRUE} are needed. Raise ` +
      'split.test, give the truth of this study, or leave --truth out.',
  );
}

/** Compares latents with the truth, in held-out subjects with all modalities. @throws what `evaluate` throws */
export function truthScores({ latents, adjacency }: MethodLatents, data: ComparedData, truth: Truth): TruthScores {
  const rowOf = new Map(truth.ids.map((id, row) => [id, row]));
  const known = truthRows(data, rowOf);
  const rows = known.length;
  const side = (tables: readonly Samples[], at: (row: number) => number): Samples => {
    const columns = tables.reduce((sum, table) => sum + table.columns, 0);
    const values = new Float64Array(rows * columns);
    known.forEach((row, i) => {
      let first = i * columns;
      for (const table of tables) {
        const from = at(row) * table.columns;
        values.set(table.values.subarray(from, from + table.columns), first);
        first += table.columns;
      }
    });
    return { values, rows, columns };
  };
  const names = data.modalities.map(({ name }) => name);
  const widths = truth.modalities ?? data.modalities.map(({ name, latents: count }) => ({ name, latents: count }));
  const ofTruth: LatentTable = {
    z: side([{ values: truth.z, rows: truth.ids.length, columns: truth.latents }], (row) => rowOf.get(data.ids[row])!),
    modalities: names.map((name) => widths.find((one) => one.name === name) ?? { name, latents: 0 }),
    adjacency: truth.adjacency,
  };
  const { mccSpearman, chance, r2, shd, structure } = evaluate(ofTruth, {
    z: side(latents, (row) => row),
    modalities: latents.map(({ columns }, m) => ({ name: names[m], latents: columns })),
    ...(adjacency && { adjacency }),
  });
  const { floor, corrected } = chance.mccSpearman;
  const shdChance = structure && names.length > 1 ? randomDistance(structure.cross, ofTruth.modalities) : null;
  return { mcc: mccSpearman, chance: floor, corrected, r2, shd, shdChance };
}

/** Returns the expected distance of as many edges at random places between modalities, with the right directions. */
function randomDistance(
  { trueEdges, estimatedEdges }: Pick<EdgeDifferences, 'trueEdges' | 'estimatedEdges'>,
  modalities: LatentTable['modalities'],
): number {
  const total = modalities.reduce((sum, { latents }) => sum + latents, 0);
  const within = modalities.reduce((sum, { latents }) => sum + latents ** 2, 0);
  const pairs = (total ** 2 - within) / 2;
  return trueEdges + estimatedEdges - (2 * trueEdges * estimatedEdges) / pairs;
}
