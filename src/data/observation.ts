// What is observed of a modality: the shape of one subject's values, and the likelihood of each part of them.

import type { ColumnKind } from '../likelihoods/index.js';
import type { Augmentation } from './augmentation.js';
import type { ColumnScale, Modality, ObservedValues } from './dataset.js';
import { positionsOf, type Grid } from './grid.js';
import { isCount, isSize } from './kinds.js';
import type { NetworkConfig } from './network.js';
import { presenceOf } from './presence.js';

/** Kinds that a model has networks for. */
export const OBSERVATION_KINDS = ['table', 'image', 'series'] as const;
export type ObservationKind = (typeof OBSERVATION_KINDS)[number];

/** Values `from` to `to` (exclusive) of a subject, which share a likelihood, or are a size and have none. */
export interface ObservationPart {
  readonly likelihood: ColumnKind;
  readonly from: number;
  readonly to: number;
  /** Neighbouring values that share what a likelihood learns of a column, a channel's; 1 when left out. */
  readonly positions?: number | undefined;
  /** Of categorical and ordinal columns: how many each has. */
  readonly levels?: number | undefined;
  /** Of counts that are relative to a size: which of the subject's values it is. */
  readonly size?: number | undefined;
  /** Of counts: mean and sd of ln(1 + count), by column. */
  readonly scales?: readonly Pick<ColumnScale, 'mean' | 'sd'>[] | undefined;
}

export interface Observation {
  readonly kind: ObservationKind;
  /** Of one subject's values: `[columns]`, `[channels, height, width]` or `[channels, steps]`. */
  readonly shape: readonly number[];
  /** Left out: that of the kind. */
  readonly network?: NetworkConfig | undefined;
  /** See `Modality`. */
  readonly shiftInvariant?: number | undefined;
  /** See `Modality`. */
  readonly augment?: Augmentation | undefined;
  /** In order, together all values. */
  readonly parts: readonly ObservationPart[];
  /** True if values may be missing: a mask runs beside them. */
  readonly masked: boolean;
  /** True if subjects may lack all of the values. */
  readonly absent?: true;
}

interface Missing {
  readonly masked?: boolean;
  readonly absent?: boolean;
}

/** Numeric columns, standardised. */
export function tableObservation(columns: number, { masked = false, absent = false }: Missing = {}): Observation {
  const parts: ObservationPart[] = columns === 0 ? [] : [{ likelihood: 'gaussian', from: 0, to: columns }];
  return { kind: 'table', shape: [columns], parts, masked: masked || absent, ...(absent && { absent }) };
}

type Described = ObservedValues & Pick<Modality, 'columns' | 'grid' | 'network' | 'shiftInvariant' | 'augment'>;

/** A mask of ones is none. */
export function observationOf(modality: Described): Observation {
  const { columns, grid, network, shiftInvariant, augment, observed } = modality;
  const absent = presenceOf(modality).includes(0);
  return {
    ...(grid ? gridded(columns, grid) : { kind: 'table', shape: [columns.length], parts: joined(partsOf(columns)) }),
    ...(network && { network }),
    ...(shiftInvariant && { shiftInvariant }),
    ...(augment && { augment }),
    masked: absent || (observed?.includes(0) ?? false),
    ...(absent && { absent }),
  };
}

/** A channel's positions are values of one likelihood, and share what it learns of a column. */
function gridded(columns: readonly ColumnScale[], grid: Grid): Pick<Observation, 'kind' | 'shape' | 'parts'> {
  const positions = positionsOf(grid);
  const sizes = grid.kind === 'image' ? [grid.height, grid.width] : [grid.steps];
  const parts = columns.map(({ kind = 'gaussian' }, c) => ({
    likelihood: kind,
    from: c * positions,
    to: (c + 1) * positions,
    positions,
  }));
  return { kind: grid.kind, shape: [columns.length, ...sizes], parts: joined(parts) };
}

/** One for every column, which may take several values. */
function partsOf(columns: readonly ColumnScale[]): ObservationPart[] {
  const parts: ObservationPart[] = [];
  const size = columns.findIndex(({ kind }) => isSize(kind));
  for (let from = 0, to = 0; from < columns.length; from = to) {
    const { kind = 'gaussian', of, mean, sd } = columns[from];
    to = from + 1;
    while (of !== undefined && columns.at(to)?.of === of) to++;
    const part = { likelihood: kind, from, to };
    if (kind === 'categorical') parts.push({ ...part, levels: to - from });
    else if (kind === 'ordinal') parts.push({ ...part, levels: to - from + 1 });
    else if (isCount(kind)) parts.push({ ...part, ...(size >= 0 && { size }), scales: [{ mean, sd }] });
    else parts.push(part);
  }
  return parts;
}

/** What neighbours must have in common to be one part. */
const ALIKE = ['likelihood', 'positions', 'levels', 'size'] as const;

/** Neighbours that are alike, as one part. */
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

/** Which of a subject's values is the size that its counts are relative to. */
export function sizePosition({ parts }: Observation): number | undefined {
  return parts.find(({ likelihood }) => likelihood === 'size')?.from;
}

/** Values of one subject. */
export function valueCount({ shape }: Observation): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

/** All but the scales of counts: what networks are built by. */
export function shapeOf(observation: Observation): Observation {
  return { ...observation, parts: observation.parts.map((part) => ({ ...part, scales: undefined })) };
}

/** Several observations' values side by side, as one table. */
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
