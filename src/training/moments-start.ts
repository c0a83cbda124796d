// The start of the component stage of a fit with observed causes: the best structures of a Gaussian search on the
// moments of the causes' levels, which finds maps, graph and targets (`src/moments`). Flows then continue from each
// with this graph and these targets.

import { termCount, type Cause } from '../data/causes.js';
import { CAUSE_GATES } from '../networks/cause-effects.js';
import { componentMapPlace } from '../networks/component-map.js';
import { LATENT_GATES } from '../networks/latent-prior.js';
import type { LatentLayout } from '../networks/layout.js';
import { ALLOWED_EDGES } from '../networks/random-order.js';
import { gateGroups } from '../moments/cause-gates.js';
import type { MomentFit } from '../moments/moment-problem.js';

/** Absolute logit of a gate that is certainly open or shut. */
const CERTAIN = 10;

/** A linear map, a graph and targets, with the latents of each modality in an order that the graph allows. */
export type OrderedFit = Pick<MomentFit, 'maps' | 'edges' | 'gates'>;

/**
 * Returns the fit with the latents of each modality in another order: parents before children, and last the latents
 * that no edge and no cause touches.
 * @param fit edges form no cycle
 */
export function inCausalOrder({ maps, edges, gates }: OrderedFit, layout: LatentLayout): OrderedFit {
  const d = layout.latents;
  const all = Array.from({ length: d }, (_, latent) => latent);
  const groups = gates.length / d;
  const isTouched = (latent: number): boolean =>
    all.some((other) => edges[latent * d + other] + edges[other * d + latent] > 0) ||
    Array.from({ length: groups }, (_, group) => gates[group * d + latent]).includes(1);
  const order = layout.modalities.flatMap((_, m) => {
    const left = all.filter((latent) => layout.modalityOf[latent] === m);
    const touched = left.filter(isTouched);
    const sorted: number[] = [];
    while (sorted.length < touched.length) {
      const free = touched.filter((latent) => !sorted.includes(latent));
      sorted.push(free.find((latent) => free.every((other) => edges[latent * d + other] === 0))!);
    }
    return [...sorted, ...left.filter((latent) => !touched.includes(latent))];
  });
  const rows = <Values extends Float64Array | Uint8Array>(
    values: Values,
    of: (row: number, column: number) => number,
  ) => values.map((_, at) => of(Math.floor(at / d), at % d)) as Values;
  return {
    maps: rows(maps, (row, column) => maps[order[row] * d + column]),
    edges: rows(edges, (child, parent) => edges[order[child] * d + order[parent]]),
    gates: rows(gates, (group, latent) => gates[group * d + order[latent]]),
  };
}

/**
 * Writes maps, graphs and targets into the initial parameters of the component stage, one run for each fit. The curved
 * part of the maps and the mechanisms keep their initial values.
 * @param initial parameters of `ComponentModel`, `[fits, …]` each, which change in place
 * @param fits in causal order
 */
export function startFrom(
  initial: ReadonlyMap<string, Float32Array>,
  layout: LatentLayout,
  causes: readonly Cause[],
  fits: readonly OrderedFit[],
): void {
  const d = layout.latents;
  const groupOf = gateGroups(causes);
  const terms = termCount(causes);
  const [logits, gates] = [LATENT_GATES, CAUSE_GATES].map((name) => initial.get(name)!);
  const allowed = initial.get(ALLOWED_EDGES);
  fits.forEach((fit, run) => {
    fit.edges.forEach((isOpen, at) => (logits[run * d * d + at] = isOpen === 1 ? CERTAIN : -CERTAIN));
    allowed?.set(fit.edges, run * d * d);
    for (let latent = 0; latent < d; latent++) {
      groupOf.forEach((group, term) => (gates[(run * d + latent) * terms + term] = fit.gates[group * d + latent]));
    }
    layout.modalities.forEach(({ latents }, m) => {
      const { rotation, position } = componentMapPlace(layout, m);
      const values = initial.get(rotation)!;
      const members = values.length / fits.length / latents ** 2;
      const first = layout.offsets[m];
      for (let row = 0; row < latents; row++) {
        for (let column = 0; column < latents; column++) {
          const at = ((run * members + position) * latents + row) * latents + column;
          values[at] = fit.maps[(first + row) * d + first + column];
        }
      }
    });
  });
}
