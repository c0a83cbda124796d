// Loadings in groups: the slope of each column on the latents of its modality, in each group.

import type { Modality } from '../../data/dataset.js';
import { MIN_SUBGROUP, type Subgroups } from '../../data/subgroups.js';
import { isSize } from '../../data/kinds.js';
import { rescale } from '../../data/rescale.js';
import { spreadOver, tableOf } from '../../quality/index.js';
import { nextTurn } from '../../threads/next-turn.js';
import { alignedLatents } from '../aligned-latents.js';
import { outOfFoldLatents, subjectsOf, type InterpretationInput } from '../input.js';
import { MAX_VALUES, meansByUnit } from '../refit-slopes.js';
import { latentUnits, type LatentUnit } from '../units.js';
import { differenceOf, interval95 } from './equality.js';
import { groupSlopes } from './group-slopes.js';
import { corrected, equality, nothing, type Comparison, type Corrected } from './results.js';
import { comparedSample, type ComparedSample } from './sample.js';

export interface ComparedLoading extends Comparison {
  readonly unit: LatentUnit;
  readonly column: string;
}

const SCALE = { intervals: interval95, differences: differenceOf };

/** Compares the slopes of all columns of tables. Images and series have none, because a pixel has no meaning. */
export async function compareLoadings(
  input: InterpretationInput,
  subgroups: Subgroups,
): Promise<Corrected<ComparedLoading>[]> {
  const dataset = subjectsOf(input, 'subgroup-loadings');
  const { summary, graph, signal } = input;
  const all = alignedLatents(dataset.ids, graph.nodes, outOfFoldLatents(input, 'subgroup-loadings'));
  if (!all) return [];
  const values = rescale(dataset, summary.columns);
  const units = latentUnits(input);
  const tests: ComparedLoading[] = [];
  for (const [m, scales] of summary.columns.entries()) {
    if (scales.regularArray) continue;
    const modality: Modality = { ...summary.model.modalities[m], ...scales, ...values[m] };
    const nodes = graph.nodes.flatMap((node, i) => (node.modality === scales.name ? [i] : []));
    const latents = nodes.map((node) => all[node]);
    const sample = comparedSample(subgroups, latents, dataset.groups, nodes.length + 1);
    const slopes = 'compared' in sample ? slopesOf(sample, modality, dataset.groups !== undefined) : [];
    for (const unit of units.filter((one) => one.modality === scales.name)) {
      await nextTurn();
      signal?.throwIfAborted();
      const positions = namesOf(unit).map((name) => nodes.findIndex((node) => graph.nodes[node].name === name));
      for (const [c, column] of scales.columns.entries()) {
        if (isSize(column.kind)) continue;
        const figures = positions.map((k) => slopes.map((ofGroup) => ofGroup[c]?.[k]));
        const compared =
          'compared' in sample ? equality(subgroups, sample, figures, SCALE) : nothing(subgroups, sample, 'too-few');
        tests.push({ unit, column: column.name, ...compared });
      }
    }
  }
  return corrected(tests);
}

/** Returns the names of the latents of a unit, with all that may be mixed into a block: `body.z1|z2` has two. */
function namesOf({ name, modality }: LatentUnit): string[] {
  const [first, ...rest] = name.split('|');
  return [first, ...rest.map((one) => `${modality}.${one}`)];
}

/** Returns the slopes of each compared group, by column and latent of the modality. */
function slopesOf(sample: ComparedSample, modality: Modality, isGrouped: boolean) {
  const chosen = spreadOver(
    Int32Array.from(sample.members.keys()),
    Math.ceil(MAX_VALUES / Math.max(1, modality.columns.length)),
  );
  const members = Array.from(chosen, (at) => [...sample.members[at]]);
  const table = isGrouped
    ? meansByUnit(modality, members)
    : tableOf(
        [modality],
        Int32Array.from(members, ([row]) => row),
      );
  const at = (column: Float64Array) => Float64Array.from(chosen, (position) => column[position]);
  const [regressors, covariates] = [sample.variables.map(at), sample.covariates.map(at)];
  return sample.compared.map((_, g) => {
    const rows = Int32Array.from(chosen.keys()).filter((row) => sample.groups[chosen[row]] === g);
    return groupSlopes(regressors, covariates, table, { rows, minimum: MIN_SUBGROUP });
  });
}
