// Tests if values are missing completely at random (MCAR), as far as observed values can show it. It regresses the
// indicator of missing values, or of a missing modality, on the components of another modality. A rejection does not
// distinguish missing at random (MAR) from missing not at random (MNAR; Rubin 1976); no test can. n R² of the
// regression is Rao's score statistic of the logistic regression. Bartlett's test, which the evidence also uses, is the
// same except for terms of order 1/n (docs/explanation/missing-data.md).

import { channelMeans } from '../data/channel-means.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { presenceOf } from '../data/presence.js';
import { withoutSizes } from '../data/size.js';
import { rowsByGroup } from '../data/split.js';
import { isConstant, momentsOf } from '../data/standardise.js';
import { principalComponents } from '../linear/index.js';
import { selectRows } from '../metrics/index.js';
import { canonicalTest, holm, normalScores } from './pair-test.js';

/** A test of MCAR: do subjects with missing values differ in another modality? */
export interface MissingnessTest {
  /** The modality that is missing. */
  readonly modality: string;
  /** `all`: subjects who lack the modality; `some`: subjects who have the modality but lack one of its values. */
  readonly lacking: 'all' | 'some';
  /** The modality whose observed values were compared. */
  readonly other: string;
  /** Numbers of subjects with the other modality: those with missing values or modality, and those without. */
  readonly lack: number;
  readonly have: number;
  /** p of the hypothesis that missingness does not depend on the values of the other modality. */
  readonly p: number;
  /** p corrected for all tests (Holm). */
  readonly corrected: number;
  /** The column with the largest difference, and its mean in `lack` minus that in `have`, in standard deviations. */
  readonly column: string;
  readonly difference: number;
}

/** Maximum number of components of the other modality. */
const MAX_COMPONENTS = 10;
/** Minimum number of subjects per component on either side. */
const PER_COMPONENT = 10;
/** Maximum number of subjects from which components are computed. */
const MAX_ROWS = 500;

/** Tests every incomplete modality against every other one, if enough subjects lack and have a value. */
export function missingnessTests({ ids, groups = ids, modalities }: Dataset): MissingnessTest[] {
  if (modalities.every(({ observed, stored }) => (observed ?? stored?.present) === undefined)) return [];
  const tables = modalities.map((modality) => tableOf(channelMeans(withoutSizes(modality))));
  const tests = tables.flatMap((missing) =>
    (['all', 'some'] as const).flatMap((lacking) =>
      tables.flatMap((other) => {
        if (other === missing) return [];
        const rows = other.rows.filter((row) => lacking === 'all' || missing.present[row] === 1);
        const lacks = rows.map((row) => Number(lacking === 'all' ? missing.present[row] === 0 : missing.gaps[row] > 0));
        const lack = lacks.reduce((sum, one) => sum + one, 0);
        const have = rows.length - lack;
        const components = Math.min(other.scores.length, Math.floor(Math.min(lack, have) / PER_COMPONENT));
        if (components === 0) return [];
        const p = pOf(other, { rows, lacks, components, groups });
        const named = { modality: missing.modality.name, lacking, other: other.modality.name };
        return [{ ...named, lack, have, p, ...largestDifference(other, rows, lacks) }];
      }),
    ),
  );
  const corrected = holm(tests.map(({ p }) => p));
  return tests.map((test, i) => ({ ...test, corrected: corrected[i] }));
}

interface Table {
  readonly modality: Modality;
  /** Standardised values, subjects × columns. */
  readonly values: Float64Array;
  readonly present: Uint8Array;
  /** Number of missing values of each subject. */
  readonly gaps: Uint32Array;
  /** Subjects who have the modality. */
  readonly rows: Int32Array;
  /** Their components by subject, with the mean for missing values. */
  readonly scores: readonly Float64Array[];
}

function tableOf(modality: Modality): Table {
  const { observed, columns } = modality;
  const width = columns.length;
  const present = presenceOf(modality);
  const rows = Int32Array.from([...present.keys()].filter((row) => present[row] === 1));
  const gaps = new Uint32Array(present.length);
  observed?.forEach((mark, at) => (gaps[Math.floor(at / width)] += 1 - mark));
  const values = standardised(modality, rows);
  const step = Math.ceil(rows.length / MAX_ROWS);
  const chosen = rows.filter((_, i) => i % step === 0);
  const samples = selectRows({ values, rows: present.length, columns: width }, chosen);
  const { centre, loadings } = principalComponents(samples, MAX_COMPONENTS);
  const scores = Array.from({ length: loadings.columns }, () => new Float64Array(present.length));
  for (const row of rows) {
    for (const [component, score] of scores.entries()) {
      for (let c = 0; c < width; c++) score[row] += (values[row * width + c] - centre[c]) * loadings.get(c, component);
    }
  }
  return { modality, values, present, gaps, rows, scores };
}

/** Returns columns of any kind with mean 0 and standard deviation 1 over the observed values; 0 if missing. */
function standardised({ values, observed, columns }: Modality, rows: Int32Array): Float64Array {
  const width = columns.length;
  const all = new Float64Array(values.length);
  for (let c = 0; c < width; c++) {
    const known = rows.filter((row) => observed?.[row * width + c] !== 0);
    const moments = momentsOf(
      Float64Array.from({ length: values.length / width }, (_, row) => values[row * width + c]),
      known,
    );
    if (isConstant(moments)) continue;
    for (const row of known) all[row * width + c] = (values[row * width + c] - moments.mean) / moments.sd;
  }
  return all;
}

interface Question {
  readonly rows: Int32Array;
  /** 1 for a row with missing values or modality. */
  readonly lacks: Int32Array;
  readonly components: number;
  readonly groups: readonly string[];
}

/** Returns the p-value. Rows of a group are not independent, so group means are compared. */
function pOf({ scores }: Table, { rows, lacks, components, groups }: Question): number {
  const members = [...rowsByGroup(Array.from(rows, (row) => groups[row])).values()];
  const means = (values: ArrayLike<number>) =>
    Float64Array.from(members, (positions) => positions.reduce((sum, at) => sum + values[at], 0) / positions.length);
  const columns = scores
    .slice(0, components)
    .map((score) => means(normalScores(Float64Array.from(rows, (row) => score[row]))));
  return canonicalTest([means(lacks)], columns, members.length).p;
}

/** Returns the column of observed values with the largest difference relative to its standard error. */
function largestDifference({ modality: { columns, observed }, values }: Table, rows: Int32Array, lacks: Int32Array) {
  const width = columns.length;
  const differences = columns.flatMap(({ name: column }, c) => {
    const sums = [0, 0];
    const counts = [0, 0];
    rows.forEach((row, i) => {
      if (observed?.[row * width + c] === 0) return;
      sums[lacks[i]] += values[row * width + c];
      counts[lacks[i]]++;
    });
    if (counts.includes(0)) return [];
    const difference = sums[1] / counts[1] - sums[0] / counts[0];
    const error = Math.sqrt(1 / counts[0] + 1 / counts[1]);
    return [{ column, difference, size: Math.abs(difference) / error }];
  });
  const { column, difference } = differences.reduce((a, b) => (b.size > a.size ? b : a));
  return { column, difference };
}
