// What `inspect` says about the design of a study: the input of its identification.

import type { SharedLatents } from '../../data/dataset.js';
import { areRepetitions } from '../../data/split.js';
import { isOrderAssumed } from '../../training/assumed-order.js';
import type { StudyConfig } from '../grammar/schema.js';
import { identificationOf } from '../inspection/identification.js';
import type { Identification } from '../inspection/design.js';
import type { Inspection } from '../inspection/inspection.js';

interface Inspected extends Pick<Inspection, 'modalities'> {
  readonly causes: Inspection['causes'] | undefined;
  /** By modality, 1 for subjects that have it. */
  readonly present: readonly Uint8Array[];
  readonly groups: readonly string[] | undefined;
  readonly shared: SharedLatents | undefined;
}

export function designInspected(
  config: Pick<StudyConfig, 'sparsity'>,
  { modalities, causes, present, groups, shared }: Inspected,
): Identification {
  const unitsOf = (first: number, second: number): number => {
    const rows = [...present[first].keys()].filter((row) => present[first][row] === 1 && present[second][row] === 1);
    return groups ? new Set(rows.map((row) => groups[row])).size : rows.length;
  };
  return identificationOf({
    ...{ modalities, causes, unitsOf, hasGroups: areRepetitions(groups), shared },
    isOrderAssumed: isOrderAssumed(config),
  });
}
