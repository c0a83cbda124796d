// Scores latents of any origin without a truth: a read-out of columns that is cross-fitted over the subjects, related
// pairs of modalities, and agreement of several files.

import { InputError } from '../errors/errors.js';
import { rowsByGroup } from '../data/split.js';
import type { Samples } from '../metrics/index.js';
import { RandomStream } from '../random/random-stream.js';
import type { ComparedData } from './compared-data.js';
import { crossFittedProbe, type ProbeRows } from './probe.js';
import { relations, type Relation } from './relations.js';
import { joined, meanShare, overSeeds, shareOf, stability, type Share } from './scores.js';

export interface LatentScores {
  /** Number of scored subjects. */
  readonly subjects: number;
  readonly modalities: readonly ModalityScores[];
  /** Means over modalities. */
  readonly within: Share | null;
  /** null if the latents belong to no single modality, or if there is one modality only. */
  readonly across: Share | null;
  /** Pairs of modalities, for the first file. */
  readonly pairs: readonly Relation[];
  /** Mean |correlation| of matched latents over all pairs of files; null for one file. */
  readonly reproducibility: number | null;
}

export interface ModalityScores {
  readonly name: string;
  readonly latents: number;
  readonly within: Share | null;
  readonly across: Share | null;
}

export interface ScoredFile {
  /** By modality of the study, all subjects × latents, NaN for subjects without latents. */
  readonly latents: readonly Samples[];
}

export interface ScoreOptions {
  /** Rows to score. */
  readonly rows: Int32Array;
  /** True if the same latents describe all modalities, so that they cannot be scored across modalities. */
  readonly isJoint: boolean;
}

const FOLDS = 5;
const MIN_SUBJECTS = 50;
const STREAM = 0x63720000;

/** @throws InputError `too-few-samples` */
export function scoreLatents(
  data: ComparedData,
  files: readonly ScoredFile[],
  { rows, isJoint }: ScoreOptions,
): LatentScores {
  const folds = foldsOf(rows, data);
  const { modalities } = data;
  const shares = (m: number) => {
    const tables = modalities.flatMap(({ table }, i) => (i === m ? [] : [table]));
    const hasOther = !isJoint && tables.length > 0;
    const other = hasOther ? joined(tables) : undefined;
    return {
      within: files.map(({ latents }) => crossFittedProbe(latents[m], modalities[m].table, folds)),
      across: files.map(({ latents }) => (other ? crossFittedProbe(latents[m], other, folds) : undefined)),
    };
  };
  const all = modalities.map((_, m) => shares(m));
  const share = (kind: 'within' | 'across', members: readonly number[]): Share | null => {
    const mean = overSeeds(
      files.map((_, f) =>
        meanShare(
          members.map((m) => all[m][kind][f]),
          data,
        ),
      ),
    );
    return mean ? shareOf(mean) : null;
  };
  const positions = [...modalities.keys()];
  return {
    subjects: rows.length,
    modalities: modalities.map(({ name }, m) => ({
      name,
      latents: files[0].latents[m].columns,
      within: share('within', [m]),
      across: share('across', [m]),
    })),
    within: share('within', positions),
    across: share('across', positions),
    pairs: isJoint ? [] : relations(data, files[0].latents, rows),
    reproducibility: stability(files, rows) ?? null,
  };
}

/** Returns the folds. Each has the next fold as validation rows. Groups stay together. @throws `too-few-samples` */
function foldsOf(rows: Int32Array, { ids, groups }: ComparedData): ProbeRows[] {
  if (rows.length < MIN_SUBJECTS) {
    throw new InputError(
      'too-few-samples',
      `There are ${rows.length} subjects to score; at least ${MIN_SUBJECTS} are needed to cross-fit a read-out. Give ` +
        'latents of more subjects, or score all of them with --subjects all.',
    );
  }
  const units = [...rowsByGroup(Array.from(rows, (row) => groups?.[row] ?? ids[row])).values()];
  if (units.length < FOLDS) {
    throw new InputError(
      'too-few-samples',
      `The scored subjects belong to ${units.length} groups; at least ${FOLDS} are needed to cross-fit a read-out. ` +
        'Score all subjects with --subjects all, or use more groups.',
    );
  }
  const parts = Array.from({ length: FOLDS }, (): number[] => []);
  new RandomStream(0, STREAM).permutation(units.length).forEach((unit, i) => {
    parts[i % FOLDS].push(...units[unit].map((position) => rows[position]));
  });
  const sorted = (of: readonly number[]) => Int32Array.from(of).sort();
  return parts.map((test, k) => {
    const next = (k + 1) % FOLDS;
    const train = parts.flatMap((part, i) => (i === k || i === next ? [] : part));
    return { train: sorted(train), validation: sorted(parts[next]), test: sorted(test) };
  });
}
