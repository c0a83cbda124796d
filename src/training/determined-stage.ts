// The stage in which determined modalities join the components of the other ones. Maps and graph of these stay. All
// their latents become parents of the new ones, whose mechanisms are trained with fixed maps. Free maps would bend,
// because a relation without noise outweighs everything else.

import type { Cause } from '../data/causes.js';
import type { ParameterValues } from '../inference/inference.js';
import { gateGroups } from '../moments/cause-gates.js';
import { CAUSE_GATES } from '../networks/cause-effects.js';
import { componentMapPlace } from '../networks/component-map.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import { latentLayout, type LatentLayout } from '../networks/layout.js';
import type { Device } from '../runtime/device.js';
import { startedStage, type Subspaces } from './component-stage.js';
import type { FitConfig } from './config.js';
import { withoutModalities } from './determined-modalities.js';
import type { OrderedFit } from './moments-start.js';
import { runsOf } from './outcome.js';
import type { FitStage } from './stage.js';

export interface DeterminedStart {
  /** Positions of the modalities that join. */
  readonly determined: readonly number[];
  /** Parameters of the component model of the other ones, `[runs, …]`. */
  readonly parameters: ParameterValues;
}

/** Returns the stage, with a run for each run of the others. */
export function determinedStage(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  { determined, parameters }: DeterminedStart,
  device?: Device,
): FitStage {
  const layout = latentLayout(subspaces.modalities);
  const otherLayout = latentLayout(withoutModalities(subspaces, determined).modalities);
  const runs = runsOf(parameters);
  const retained = layout.modalityOf.flatMap((m, latent) => (determined.includes(m) ? [] : [latent]));
  const isOrdered = config.sparsity.graph === 'ordered';
  const fits = Array.from({ length: runs }, (_, run) =>
    joinedFit(layout, retained, structureOf(parameters, subspaces.causes, run), isOrdered),
  );
  const prices = new Array<number>(runs).fill(0);
  const stage = startedStage('determined', subspaces, config, { fits, prices }, { hasFixedMaps: true, device });
  let position = 0;
  layout.modalities.forEach((_, m) => {
    if (determined.includes(m)) straighten(stage.initial, layout, m, runs);
    else copyMap({ parameters, layout: otherLayout, modality: position++ }, stage.initial, layout, m, runs);
  });
  return stage;
}

interface Structure {
  /** Whether a latent of the others has a parent. */
  readonly hasEdge: (child: number, parent: number) => boolean;
  /** Whether the gate of a level or number is open at a latent of the others. */
  readonly isOpen: (group: number, latent: number) => boolean;
  readonly groups: number;
}

function structureOf(parameters: ParameterValues, causes: readonly Cause[], run: number): Structure {
  const [logits, gates] = [LATENT_GATES, CAUSE_GATES].map((name) => parameters.get(name)!);
  const latents = logits.shape[1];
  const groupOf = gateGroups(causes);
  return {
    hasEdge: (child, parent) => logits.values[(run * latents + child) * latents + parent] > 0,
    isOpen: (group, latent) => gates.values[(run * latents + latent) * groupOf.length + groupOf.indexOf(group)] > 0,
    groups: Math.max(...groupOf) + 1,
  };
}

/** Returns the structure over all latents. Maps are copied later. */
function joinedFit(
  { latents, modalityOf }: LatentLayout,
  retained: readonly number[],
  { hasEdge, isOpen, groups }: Structure,
  isOrdered: boolean,
): OrderedFit {
  const place = (latent: number): number => retained.indexOf(latent);
  return {
    maps: Float64Array.from({ length: latents ** 2 }, (_, at) => (at % (latents + 1) === 0 ? 1 : 0)),
    edges: Uint8Array.from({ length: latents ** 2 }, (_, at) => {
      const [child, parent] = [Math.floor(at / latents), at % latents];
      if (place(parent) < 0 || child === parent) return 0;
      if (place(child) >= 0) return Number(hasEdge(place(child), place(parent)));
      return isOrdered && modalityOf[parent] > modalityOf[child] ? 0 : 1;
    }),
    gates: Uint8Array.from({ length: groups * latents }, (_, at) => {
      const [group, latent] = [Math.floor(at / latents), at % latents];
      return place(latent) >= 0 && isOpen(group, place(latent)) ? 1 : 0;
    }),
  };
}

const MAP_PARTS = ['inner', 'innerBias', 'outer', 'rotation', 'shift'] as const;

interface MapSource {
  readonly parameters: ParameterValues;
  readonly layout: LatentLayout;
  readonly modality: number;
}

/** Writes the map of a modality of one layout into that of a modality of another one, in every run. */
function copyMap(
  source: MapSource,
  initial: ReadonlyMap<string, Float32Array>,
  layout: LatentLayout,
  modality: number,
  runs: number,
): void {
  const [from, to] = [componentMapPlace(source.layout, source.modality), componentMapPlace(layout, modality)];
  for (const part of MAP_PARTS) {
    const { shape, values } = source.parameters.get(from[part])!;
    const size = values.length / runs / shape[1];
    const into = initial.get(to[part])!;
    const members = into.length / runs / size;
    for (let run = 0; run < runs; run++) {
      const first = (run * shape[1] + from.position) * size;
      into.set(values.subarray(first, first + size), (run * members + to.position) * size);
    }
  }
}

/** Removes the curved part of a map, whose linear part is the identity. */
function straighten(
  initial: ReadonlyMap<string, Float32Array>,
  layout: LatentLayout,
  modality: number,
  runs: number,
): void {
  const { outer, position } = componentMapPlace(layout, modality);
  const values = initial.get(outer)!;
  const members = layout.modalities.filter((_, m) => componentMapPlace(layout, m).outer === outer).length;
  const size = values.length / runs / members;
  for (let run = 0; run < runs; run++) {
    const first = (run * members + position) * size;
    values.fill(0, first, first + size);
  }
}
