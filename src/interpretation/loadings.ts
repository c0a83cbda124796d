// Loadings: what a latent does to each column of its modality.
//
// The effect is that of the decoder. It is followed at points of the latent's distribution, with all other latents at
// the values of the held-out subjects, and averaged over these subjects (partial dependence, Friedman 2001). The effect
// of +1 sd is the slope of the least-squares line through these averages times the sd of the latent. The nonlinear
// share is the part of their variance that the line does not explain.
//
// A block is a subspace without axes. Its size is the sd of the linear part of its joint effect, without sign.
//
// The slope, with its interval, is from refits (`refitSlopes`).

import { Matrix, pseudoInverse } from 'ml-matrix';
import { isSize } from '../data/kinds.js';
import { spreadOver } from '../quality/index.js';
import {
  HeldOutSubjects,
  type DecodableSubjects,
  type DecodedModality,
  type LatentSetting,
} from './held-out-subjects.js';
import type { InterpretationInput } from './input.js';
import type { Interval90 } from './ratio.js';
import { refitSlopes } from './refit-slopes.js';
import { latentUnits, type LatentUnit } from './units.js';

/** Number of points of a latent, at equally spaced ranks of the held-out subjects. */
const POINTS = 9;
/** Number of points of a block: held-out subjects, evenly spread. */
const BLOCK_POINTS = 32;
/** Minimum number of held-out subjects for whom the model has all points. */
const MIN_SUBJECTS = 10;

/** What a latent or a block does to a column. */
export interface Loading {
  readonly column: string;
  /**
   * Change of the column if the latent rises by one standard deviation, on the scale of the model: standard deviations
   * of a measured column. Of a block: size of its effect, without sign. NaN if it is unknown.
   */
  readonly effect: number;
  /** Share of the variance of the effect that is not linear; NaN if the latent has no effect. */
  readonly nonlinear: number;
  /** Regression on the latents of refits. Undefined without them, or if too few subjects have the column. */
  readonly slope?: Interval90 | undefined;
}

/** Loadings of one latent or block. */
export interface UnitLoadings {
  readonly unit: LatentUnit;
  /** In the order of the modality. */
  readonly columns: readonly Loading[];
}

/**
 * Returns the loadings of all latents and blocks on the columns of their modalities. Images and series have none,
 * because a pixel has no meaning; the report draws them.
 * @param table name of the table that needs them
 * @throws what `HeldOutSubjects.encode` throws; the signal's reason
 */
export async function loadingsOf(input: InterpretationInput, table = 'loadings'): Promise<UnitLoadings[]> {
  const units = latentUnits(input);
  const subjects = await HeldOutSubjects.encode(input, table);
  try {
    const slopes = await refitSlopes(input, units, table);
    const responses = await responsesOf(subjects, units, input.signal);
    return units.flatMap((unit, u): UnitLoadings[] => {
      const { scales } = subjects.modalities.find(({ name }) => name === unit.modality)!;
      if (scales.regularArray) return [];
      const ofColumns = slopes.get(unit);
      return [
        {
          unit,
          columns: scales.columns.flatMap((column, c): Loading[] => {
            if (isSize(column.kind)) return [];
            const slope = ofColumns?.[c];
            return [{ column: column.name, ...responses[u][c], ...(slope && { slope }) }];
          }),
        },
      ];
    });
  } finally {
    await subjects.dispose();
  }
}

type Response = Pick<Loading, 'effect' | 'nonlinear'>;

/** Returns by unit the response of each column of its modality. */
export async function responsesOf(
  subjects: DecodableSubjects,
  units: readonly LatentUnit[],
  signal?: AbortSignal,
): Promise<Response[][]> {
  const { modalities } = subjects;
  const paths = units.map((unit) => {
    const m = modalities.findIndex(({ name }) => name === unit.modality);
    return { m, unit, points: pointsOf(modalities[m], unit) };
  });
  const means = paths.map((): (Float64Array | undefined)[] => []);
  // A decoder reads no other modality, so one path of every modality is followed at the same time.
  const byModality = modalities.map((_, m) => paths.flatMap((path, p) => (path.m === m ? [{ ...path, p }] : [])));
  const steps = byModality.map((some) => some.flatMap(({ p, points }) => points.map((point) => ({ p, point }))));
  for (let s = 0; s < Math.max(...steps.map(({ length }) => length)); s++) {
    signal?.throwIfAborted();
    const decoded = await subjects.decode(
      steps.map((some, m) => some.at(s) && movedTo(modalities[m], units[some[s].p], some[s].point)),
    );
    decoded.forEach((one, m) => {
      if (one) means[steps[m][s].p].push(meansOf(modalities[m], one.x, one.valid));
    });
  }
  return paths.map(({ m, unit, points }, p) => fitted(modalities[m], unit, points, means[p]));
}

/** Returns the positions of a unit that are followed, one number per latent. */
function pointsOf({ z, latents, subjects }: DecodedModality, { members }: LatentUnit): Float64Array[] {
  const at = (row: number): Float64Array => Float64Array.from(members, (k) => z[row * latents + k]);
  if (members.length > 1) {
    return Array.from(
      spreadOver(
        Int32Array.from({ length: subjects }, (_, row) => row),
        BLOCK_POINTS,
      ),
      at,
    );
  }
  const sorted = Float64Array.from({ length: subjects }, (_, row) => at(row)[0]).sort();
  if (subjects === 0) return [];
  return Array.from({ length: POINTS }, (_, p) =>
    sorted.subarray(Math.floor(((p + 0.5) / POINTS) * subjects)).slice(0, 1),
  );
}

/** Returns the latents of all subjects with a unit at one position. */
function movedTo({ z, latents }: DecodedModality, { members }: LatentUnit, point: Float64Array): LatentSetting {
  return z.map((value, at) => {
    const member = members.indexOf(at % latents);
    return member < 0 ? value : point[member];
  });
}

/** Returns the mean of each column over the subjects; undefined if the model has too few of them. */
function meansOf({ width, subjects }: DecodedModality, x: Float32Array, valid: Uint8Array): Float64Array | undefined {
  const sums = new Float64Array(width);
  let count = 0;
  for (let i = 0; i < subjects; i++) {
    if (valid[i] === 0) continue;
    count++;
    for (let c = 0; c < width; c++) sums[c] += x[i * width + c];
  }
  return count < Math.min(MIN_SUBJECTS, subjects) ? undefined : sums.map((sum) => sum / count);
}

/** Fits a plane through the means at the points of a unit. */
function fitted(
  modality: DecodedModality,
  unit: LatentUnit,
  points: readonly Float64Array[],
  means: readonly (Float64Array | undefined)[],
): Response[] {
  const { width } = modality;
  const known = points.flatMap((point, p) => (means[p] ? [{ point, mean: means[p] }] : []));
  const size = unit.members.length;
  if (known.length < size + 2) return Array.from({ length: width }, () => ({ effect: NaN, nonlinear: NaN }));
  const centre = unit.members.map((_, k) => known.reduce((sum, { point }) => sum + point[k], 0) / known.length);
  const moves = new Matrix(known.map(({ point }) => centre.map((middle, k) => point[k] - middle)));
  const solver = pseudoInverse(moves);
  const spread = covarianceOf(modality, unit.members);
  return Array.from({ length: width }, (_, c): Response => {
    const level = known.reduce((sum, { mean }) => sum + mean[c], 0) / known.length;
    const change = Matrix.columnVector(known.map(({ mean }) => mean[c] - level));
    const slope = solver.mmul(change);
    const rest = Matrix.sub(change, moves.mmul(slope));
    const variation = change.dot(change);
    const effect = unit.isBlock
      ? Math.sqrt(Math.max(0, slope.dot(spread.mmul(slope))))
      : slope.get(0, 0) * Math.sqrt(spread.get(0, 0));
    return { effect, nonlinear: variation > 1e-12 ? rest.dot(rest) / variation : NaN };
  });
}

/** Returns the covariance of some latents over the subjects. */
function covarianceOf({ z, latents, subjects }: DecodedModality, members: readonly number[]): Matrix {
  const values = new Matrix(Array.from({ length: subjects }, (_, i) => members.map((k) => z[i * latents + k])));
  const centred = values.center('column');
  return centred.transpose().mmul(centred).div(Math.max(1, subjects));
}
