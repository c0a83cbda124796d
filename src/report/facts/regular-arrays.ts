// Effects of latents on images and series, value by value, and the quality of reconstructions.

import type { Augmentation } from '../../data/augmentation.js';
import type { Dataset, Modality } from '../../data/dataset.js';
import {
  placeOf,
  positionsOf,
  valuesPerSubject,
  type ArrayKind,
  type ArrayPlace,
  type RegularArray,
} from '../../data/regular-array.js';
import { presenceOf } from '../../data/presence.js';
import { selectSubjects, subjectsOf } from '../../data/select-rows.js';
import { drawnChannels } from '../../images/intensities.js';
import { block, pooledR2, selectRows, type Samples } from '../../metrics/index.js';
import { heldOutSplit, measuredRows, observedMeans, tableOf } from '../../quality/index.js';
import type { ReportInput, ReportSubjects } from '../input.js';
import { entriesOf, labelOf } from './entries.js';
import { shownSubjects, type ShownSubject } from './shown-subjects.js';

/** A modality of images or series. */
export interface ArrayFacts<Kind extends ArrayKind = ArrayKind> {
  readonly modality: string;
  /** Position of the modality, for its colour. */
  readonly m: number;
  readonly regularArray: RegularArray<Kind>;
  /** Transformations that the encoder was trained to ignore. */
  readonly augment: Augmentation | undefined;
  readonly channels: readonly ArrayChannel[];
  /** Minimum and maximum over all subjects in the channels that are drawn, in their unit. */
  readonly range: readonly [number, number];
  readonly rebuilt: Rebuilt;
  /** Number of groups (such as people) that have the modality. */
  readonly groups: number;
  /** Latents in the graph's order. */
  readonly latents: readonly ArrayLatent[];
  /** Single subjects. Empty unless requested. */
  readonly shown: readonly ShownSubject[];
}

export interface ArrayChannel {
  /** Label in the study, or name. */
  readonly label: string;
  readonly mean: number;
  readonly sd: number;
}

/**
 * Explained shares of the variance between held-out subjects, about the mean image or series of the training split.
 * Null if undefined.
 */
export interface Rebuilt {
  readonly split: 'test' | 'validation';
  readonly subjects: number;
  /** Share explained by latents and private noises. */
  readonly byAll: number | null;
  /** Share explained by the latents alone, with private noises at their mean. */
  readonly byLatentsAlone: number | null;
}

export interface ArrayLatent {
  readonly name: string;
  /** True if the study declares it invariant to shifts. This is prior knowledge, not a result. */
  readonly shiftInvariant: boolean;
  /** x̂ at each step of the traversal, standardised, channels × positions. */
  readonly response: readonly Float64Array[];
  /** Change from the first step to the last, in standard deviations of the channel, channels × positions. */
  readonly difference: Float64Array;
  /** Mean |∂x̂ / ∂z| in standard deviations of both, channels × positions. */
  readonly attribution: Float64Array;
}

export function arrayFacts({ summary, subjects }: Pick<ReportInput, 'summary' | 'subjects'>): ArrayFacts[] {
  if (subjects === undefined) return [];
  const { dataset, examination } = subjects;
  const entries = entriesOf(summary);
  return dataset.modalities.flatMap((modality, m): ArrayFacts[] => {
    const { name, regularArray, columns } = modality;
    if (!regularArray) return [];
    const { latents, observation } = summary.model.modalities[m];
    const invariantFrom = latents - (observation.shiftInvariant ?? 0);
    const ofModality = entries.flatMap((entry, i) => (entry.latent && entry.m === m ? [{ entry, i }] : []));
    return [
      {
        modality: name,
        m,
        regularArray,
        augment: observation.augment,
        channels: columns.map(({ name: channel, mean, sd }) => ({ label: labelOf(subjects, name, channel), mean, sd })),
        range: rangeOf(modality),
        rebuilt: rebuilt(subjects, m),
        groups: groupsHaving(dataset, modality),
        latents: ofModality.map(({ entry, i }, k) => ({
          name: entry.name,
          shiftInvariant: k >= invariantFrom,
          ...actionOf(examination.traversals[i]),
        })),
        shown: shownSubjects(subjects, m),
      },
    ];
  });
}

/** Returns the number of groups that have a modality. A subject without a group counts as one group. */
function groupsHaving({ ids, groups = ids }: Dataset, modality: Modality): number {
  const present = presenceOf(modality);
  return new Set(groups.filter((_, row) => present[row] === 1)).size;
}

function rangeOf(modality: Modality): [number, number] {
  const { columns } = modality;
  const positions = positionsOf(modality.regularArray);
  const size = columns.length * positions;
  const drawn = drawnChannels(columns.length) * positions;
  let [low, high] = [Infinity, -Infinity];
  for (let row = 0; row < subjectsOf(modality, size); row++) {
    const { values, observed } = selectSubjects(modality, size, Int32Array.of(row));
    for (let at = 0; at < drawn; at++) {
      if (observed?.[at] === 0) continue;
      const { mean, sd } = columns[Math.floor(at / positions)];
      const value = values[at] * sd + mean;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low > high ? [0, 1] : [low, high];
}

type Action = Pick<ArrayLatent, 'response' | 'difference' | 'attribution'>;

function actionOf({ response, slope, steps }: ReportSubjects['examination']['traversals'][number]): Action {
  const size = response.length / steps.length;
  const at = steps.map((_, step) => response.subarray(step * size, (step + 1) * size));
  const [first, last] = [at[0], at[at.length - 1]];
  return { response: at, difference: last.map((value, i) => value - first[i]), attribution: slope! };
}

function rebuilt({ dataset, examination }: ReportSubjects, m: number): Rebuilt {
  const { rows, reconstruction } = examination.latentsAlone!;
  const { modalities, split, ids } = dataset;
  const modality = modalities[m];
  const size = valuesPerSubject(modality);
  const first = modalities.slice(0, m).reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const columns = modalities.reduce((sum, other) => sum + valuesPerSubject(other), 0);
  const ofModality = (table: Samples) => block(table, first, first + size);
  const xHat = ofModality(selectRows({ values: examination.reconstruction, rows: ids.length, columns }, rows));
  const alone = ofModality({ values: reconstruction, rows: rows.length, columns });
  const { samples, observed } = tableOf([modality], rows);
  const centre = observedMeans(tableOf([modality], measuredRows(dataset).train));
  return {
    split: heldOutSplit(split),
    subjects: rows.length,
    byAll: pooledR2(samples, xHat, centre, observed),
    byLatentsAlone: pooledR2(samples, alone, centre, observed),
  };
}

/** Position of the maximum absolute value of a modality. */
export interface LargestPlace extends ArrayPlace {
  /** Label of the channel. */
  readonly channel: string;
  readonly value: number;
}

/** Returns the value with the maximum absolute value, and its place. @param values channels × positions */
export function largestPlace(
  { regularArray, channels }: Pick<ArrayFacts, 'regularArray' | 'channels'>,
  values: Float64Array,
): LargestPlace {
  const positions = positionsOf(regularArray);
  const at = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
  const place = placeOf(regularArray, at % positions);
  return { channel: channels[Math.floor(at / positions)].label, ...place, value: values[at] };
}

/** Returns, for every position, the mean over channels. @param values channels × positions */
export function meanOverChannels(
  { regularArray, channels }: Pick<ArrayFacts, 'regularArray' | 'channels'>,
  values: Float64Array,
) {
  const positions = positionsOf(regularArray);
  return Float64Array.from({ length: positions }, (_, position) => {
    const atPosition = channels.map((__, c) => values[c * positions + position]);
    return atPosition.reduce((sum, value) => sum + value, 0) / channels.length;
  });
}
