// What is observed of a modality: the shape of one subject's values, and the likelihood of each part of them.

import type { LikelihoodName } from '../likelihoods/index.js';
import type { Modality } from './dataset.js';
import { presenceOf } from './presence.js';

/** Kinds that a model has networks for. */
export const OBSERVATION_KINDS = ['table'] as const;
export type ObservationKind = (typeof OBSERVATION_KINDS)[number];

/** Values `from` to `to` (exclusive) of a subject, which share a likelihood. */
export interface ObservationPart {
  readonly likelihood: LikelihoodName;
  readonly from: number;
  readonly to: number;
}

export interface Observation {
  readonly kind: ObservationKind;
  /** Of one subject's values: `[columns]` of a table. */
  readonly shape: readonly number[];
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

/** A mask of ones is none. */
export function observationOf(modality: Pick<Modality, 'columns' | 'values' | 'observed'>): Observation {
  const { columns, observed } = modality;
  return tableObservation(columns.length, {
    masked: observed?.includes(0) ?? false,
    absent: presenceOf(modality).includes(0),
  });
}

/** Values of one subject. */
export function valueCount({ shape }: Observation): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

/** Several observations' values side by side, as one table. */
export function joinedObservation(observations: readonly Observation[]): Observation {
  const parts: ObservationPart[] = [];
  let columns = 0;
  for (const observation of observations) {
    for (const { likelihood, from, to } of observation.parts) {
      const last = parts.at(-1);
      if (last?.likelihood === likelihood) parts[parts.length - 1] = { ...last, to: columns + to };
      else parts.push({ likelihood, from: columns + from, to: columns + to });
    }
    columns += valueCount(observation);
  }
  return { kind: 'table', shape: [columns], parts, masked: observations.some(({ masked }) => masked) };
}
