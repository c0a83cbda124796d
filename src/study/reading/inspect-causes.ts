// What `inspect` says about the causes of a study: their levels, and what they overlap with.

import type { Cause } from '../../data/causes.js';
import type { Split } from '../../data/dataset.js';
import { causeReports } from '../inspection/causes.js';
import type { Inspection } from '../inspection/inspection.js';
import { overlapsOf, type Divided } from '../inspection/overlaps.js';
import type { ReadBatches } from './batches.js';
import type { CauseLosses } from './choose-by-causes.js';
import type { Covariates } from './covariates.js';
import { distinctBatches } from './subject-batches.js';

interface Inspected {
  readonly ids: readonly string[];
  readonly split: Split;
  readonly losses: readonly CauseLosses[];
  readonly batches: readonly (ReadBatches | undefined)[];
  readonly covariates: Covariates | undefined;
}

/** Returns the part of the inspection that is about causes. */
export function causesInspected(
  causes: readonly Cause[],
  { ids, split, losses, batches, covariates }: Inspected,
): Required<Pick<Inspection, 'causes' | 'overlaps'>> {
  const reports = causeReports(causes, losses, split);
  const divided = causes.map(({ name, kind, values }) => ({ name, values, isNamed: kind === 'categorical' }));
  const overlaps = overlapsOf(divided, {
    batches: distinctBatches(batches).map(({ column, batchOf }) => ({
      name: column,
      values: Float64Array.from(ids, batchOf),
      isNamed: true,
    })),
    covariates: (covariates?.columns ?? []).map((column) => dividedBy(column, covariates!.select(column, ids))),
  });
  return { causes: reports, overlaps };
}

function dividedBy(name: string, values: Float64Array | readonly string[]): Divided {
  if (values instanceof Float64Array) return { name, values, isNamed: false };
  const positions = new Map([...new Set(values)].map((text, position) => [text, position]));
  return { name, values: Float64Array.from(values, (text) => positions.get(text)!), isNamed: true };
}
