// Describes the values of one subject in a modality: their shape, and the likelihood of each part of them.

import { kindNamed, type ColumnKind } from '../likelihoods/kinds.js';
import type { Augmentation } from './augmentation.js';
import type { ColumnScale, Modality, ObservedValues } from './dataset.js';
import { ARRAY_KIND_NAMES, ARRAY_KINDS, positionsOf, sizesOf, type RegularArray } from './regular-array.js';
import { isSize } from './kinds.js';
import type { NetworkConfig, NetworkKind } from './network.js';
import { presenceOf } from './presence.js';

/** Kinds of modalities that a model has networks for. */
export const OBSERVATION_KINDS = ['table', ...ARRAY_KIND_NAMES] as const;
export type ObservationKind = (typeof OBSERVATION_KINDS)[number];

/** Returns the networks that can read a kind of modality. Studies that do not choose one have the first. */
export function networksFor(kind: ObservationKind): readonly [NetworkKind, ...NetworkKind[]] {
  return kind === 'table' ? ['mlp'] : ARRAY_KINDS[kind].networks;
}

/** True if the positions of the values are times. */
export function isTemporal({ kind }: Pick<Observation, 'kind'>): boolean {
  return kind !== 'table' && ARRAY_KINDS[kind].isTemporal;
}

/** Values `from` to `to` (exclusive) of a subject. They share a likelihood, or are a size, which has none. */
export interface ObservationPart {
  readonly likelihood: ColumnKind;
  readonly from: number;
  readonly to: number;
  /** Number of neighbouring values that share parameters of the likelihood: the positions of a channel. Default: 1. */
  readonly positions?: number | undefined;
  /** Columns that have a value for each of several levels: number of levels of each column. */
  readonly levels?: number | undefined;
  /** Counts relative to a size: position of the size among the values of the subject. */
  readonly size?: number | undefined;
  /** Numbers with a link: mean and sd of the link, by column. */
  readonly scales?: readonly Pick<ColumnScale, 'mean' | 'sd'>[] | undefined;
}

export interface Observation {
  readonly kind: ObservationKind;
  /** Shape of the values of one subject: `[columns]`, `[channels, height, width]` or `[channels, steps]`. */
  readonly shape: readonly number[];
  /** Default: the network of the kind. */
  readonly network?: NetworkConfig | undefined;
  /** See `Modality`. */
  readonly shiftInvariant?: number | undefined;
  /** See `Modality`. */
  readonly augment?: Augmentation | undefined;
  /** Parts in order; together they have all values. */
  readonly parts: readonly ObservationPart[];
  /** True if values may be missing. Networks then also read a mask. */
  readonly masked: boolean;
  /** True if subjects may lack the whole modality. */
  readonly absent?: true;
}

interface Missing {
  readonly masked?: boolean;
  readonly absent?: boolean;
}

/** Returns the observation of standardised numeric columns. */
export function tableObservation(columns: number, { masked = false, absent = false }: Missing = {}): Observation {
  const parts: ObservationPart[] = columns === 0 ? [] : [{ likelihood: 'gaussian', from: 0, to: columns }];
  return { kind: 'table', shape: [columns], parts, masked: masked || absent, ...(absent && { absent }) };
}

type Described = ObservedValues & Pick<Modality, 'columns' | 'regularArray' | 'network' | 'shiftInvariant' | 'augment'>;

/** Returns the observation of a modality. A mask without a 0 counts as no mask. */
export function observationOf(modality: Described): Observation {
  const { columns, regularArray, network, shiftInvariant, augment, observed } = modality;
  const absent = presenceOf(modality).includes(0);
  return {
    ...(regularArray
      ? observedArray(columns, regularArray)
      : { kind: 'table', shape: [columns.length], parts: joined(partsOf(columns)) }),
    ...(network && { network }),
    ...(shiftInvariant && { shiftInvariant }),
    ...(augment && { augment }),
    masked: absent || (observed?.includes(0) ?? false),
    ...(absent && { absent }),
  };
}

/**
 * Returns the shape and parts of a regular array. All positions of a channel share a likelihood and its parameters.
 */
function observedArray(
  columns: readonly ColumnScale[],
  regularArray: RegularArray,
): Pick<Observation, 'kind' | 'shape' | 'parts'> {
  const positions = positionsOf(regularArray);
  const parts = columns.map(({ kind = 'gaussian' }, c) => ({
    likelihood: kind,
    from: c * positions,
    to: (c + 1) * positions,
    positions,
  }));
  return { kind: regularArray.kind, shape: [columns.length, ...sizesOf(regularArray)], parts: joined(parts) };
}

/** Returns a part for every column, which may have several values. */
function partsOf(columns: readonly ColumnScale[]): ObservationPart[] {
  const parts: ObservationPart[] = [];
  const size = columns.findIndex(({ kind }) => isSize(kind));
  for (let from = 0, to = 0; from < columns.length; from = to) {
    const { kind = 'gaussian', of, mean, sd } = columns[from];
    to = from + 1;
    while (of !== undefined && columns.at(to)?.of === of) to++;
    const part = { likelihood: kind, from, to };
    const row = kindNamed(kind);
    const hasScale = row.form === 'numbers' && !row.isSize;
    parts.push({
      ...part,
      ...(row.form === 'levels' && row.coding.sign && { levels: to - from + row.coding.first }),
      ...(hasScale && row.isCount && size >= 0 && { size }),
      ...(hasScale && { scales: [{ mean, sd }] }),
    });
  }
  return parts;
}

/** Keys in which neighbouring parts must agree to become one part. */
const ALIKE = ['likelihood', 'positions', 'levels', 'size'] as const;

/** Merges neighbouring parts that are alike. */
function joined(parts: readonly ObservationPart[]): ObservationPart[] {
  const result: ObservationPart[] = [];
  for (const part of parts) {
    const last = result.at(-1);
    const isSame = last && ALIKE.every((key) => last[key] === part[key]);
    if (!isSame) {
      result.push(part);
      continue;
    }
    const scales = last.scales && part.scales && [...last.scales, ...part.scales];
    result[result.length - 1] = { ...last, to: part.to, ...(scales && { scales }) };
  }
  return result;
}

/** Returns the position of the size that the counts of a subject are relative to. */
export function sizePosition({ parts }: Observation): number | undefined {
  return parts.find(({ likelihood }) => likelihood === 'size')?.from;
}

/** Returns the number of values of one subject. */
export function valueCount({ shape }: Observation): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

/** Returns the observation without the scales of numbers: all that the architecture of networks depends on. */
export function shapeOf(observation: Observation): Observation {
  return { ...observation, parts: observation.parts.map((part) => ({ ...part, scales: undefined })) };
}

/** Returns the observation of the values of several modalities, concatenated as one table. */
export function joinedObservation(observations: readonly Observation[]): Observation {
  let columns = 0;
  const parts = observations.flatMap((observation) => {
    const first = columns;
    columns += valueCount(observation);
    return observation.parts.map((part) => ({
      ...part,
      from: first + part.from,
      to: first + part.to,
      ...(part.size !== undefined && { size: first + part.size }),
    }));
  });
  return { kind: 'table', shape: [columns], parts: joined(parts), masked: observations.some(({ masked }) => masked) };
}
