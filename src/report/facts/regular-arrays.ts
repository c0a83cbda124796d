// What latents do to images and series, value by value, and how well these are rebuilt.

import type { Augmentation } from '../../data/augmentation.js';
import type { Dataset, Modality } from '../../data/dataset.js';
import { positionsOf, valuesPerSubject, type RegularArray } from '../../data/regular-array.js';
import { presenceOf } from '../../data/presence.js';
import { selectSubjects, subjectsOf } from '../../data/select-rows.js';
import { drawnChannels } from '../../images/intensities.js';
import { block, pooledR2, selectRows, type Samples } from '../../metrics/index.js';
import { heldOutSplit, measuredRows, observedMeans, tableOf } from '../../quality/index.js';
import type { ReportInput, ReportSubjects } from '../input.js';
import { entriesOf, labelOf } from './entries.js';
import { shownSubjects, type ShownSubject } from './shown-subjects.js';

/** A modality of images or series. */
export interface ArrayFacts {
  readonly modality: string;
  /** Its position, for its colour. */
  readonly m: number;
  readonly regularArray: RegularArray;
  /** What encoders were told to say nothing of. */
  readonly augment: Augmentation | undefined;
  readonly channels: readonly ArrayChannel[];
  /** Least and largest value of any subject in the channels that are drawn, in their unit. */
  readonly range: readonly [number, number];
  readonly rebuilt: Rebuilt;
  /** People, or other groups of subjects, who have the modality: means are over them, or over some of them. */
  readonly groups: number;
  /** In the graph's order. */
  readonly latents: readonly ArrayLatent[];
  /** Single subjects, where they were asked for. */
  readonly shown: readonly ShownSubject[];
}

export interface ArrayChannel {
  /** What people call it. */
  readonly label: string;
  readonly mean: number;
  readonly sd: number;
}

/**
 * Shares of the variance of values that trained no run, about the mean image or series of the training split: of what
 * differs between subjects. null where it has no value.
 */
export interface Rebuilt {
  readonly split: 'test' | 'validation';
  readonly subjects: number;
  /** By latents and private noises. */
  readonly byAll: number | null;
  /** By the latents alone, private noises at their mean. */
  readonly byLatentsAlone: number | null;
}

export interface ArrayLatent {
  readonly name: string;
  /** Declared to be unchanged by shifts: prior knowledge, not found. */
  readonly shiftInvariant: boolean;
  /** x̂ at each step of the traversal, standardised, channels × positions. */
  readonly response: readonly Float64Array[];
  /** From the first step to the last, in standard deviations of the channel, channels × positions. */
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
    const own = entries.flatMap((entry, i) => (entry.latent && entry.m === m ? [{ entry, i }] : []));
    return [
      {
        modality: name,
        ...{ m, regularArray, augment: observation.augment },
        channels: columns.map(({ name: channel, mean, sd }) => ({ label: labelOf(subjects, name, channel), mean, sd })),
        range: rangeOf(modality),
        rebuilt: rebuilt(subjects, m),
        groups: groupsHaving(dataset, modality),
        latents: own.map(({ entry, i }, k) => ({
          name: entry.name,
          shiftInvariant: k >= invariantFrom,
          ...actionOf(examination.traversals[i]),
        })),
        shown: shownSubjects(subjects, m),
      },
    ];
  });
}

/** Subjects of no group are groups of their own. */
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
  const own = (table: Samples) => block(table, first, first + size);
  const xHat = own(selectRows({ values: examination.reconstruction, rows: ids.length, columns }, rows));
  const alone = own({ values: reconstruction, rows: rows.length, columns });
  const { samples, observed } = tableOf([modality], rows);
  const centre = observedMeans(tableOf([modality], measuredRows(dataset).train));
  return {
    split: heldOutSplit(split),
    subjects: rows.length,
    byAll: pooledR2(samples, xHat, centre, observed),
    byLatentsAlone: pooledR2(samples, alone, centre, observed),
  };
}

/** Position at which a value of a modality is largest. */
export interface LargestPlace {
  /** What people call the channel. */
  readonly channel: string;
  /** Of images, counted from 0 at the top left. */
  readonly row?: number;
  readonly column?: number;
  /** Of series, from the beginning. */
  readonly seconds?: number;
  readonly value: number;
}

/** The value farthest from 0. @param values channels × positions */
export function largestPlace(
  { regularArray, channels }: Pick<ArrayFacts, 'regularArray' | 'channels'>,
  values: Float64Array,
): LargestPlace {
  const positions = positionsOf(regularArray);
  const at = values.reduce((best, value, i) => (Math.abs(value) > Math.abs(values[best]) ? i : best), 0);
  const position = at % positions;
  const place =
    regularArray.kind === 'image'
      ? { row: Math.floor(position / regularArray.width), column: position % regularArray.width }
      : { seconds: position * regularArray.seconds };
  return { channel: channels[Math.floor(at / positions)].label, ...place, value: values[at] };
}

/** Of every position the mean over the channels. @param values channels × positions */
export function meanOverChannels({ regularArray, channels }: Pick<ArrayFacts, 'regularArray' | 'channels'>, values: Float64Array) {
  const positions = positionsOf(regularArray);
  return Float64Array.from({ length: positions }, (_, position) => {
    const own = channels.map((__, c) => values[c * positions + position]);
    return own.reduce((sum, value) => sum + value, 0) / channels.length;
  });
}
