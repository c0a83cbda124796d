// Simulates interventions do(z) on the same subjects with the same noise. The result for one subject is its
// counterfactual; the mean over all subjects is the effect.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import { observedLatents, sourcesOf, blocksOf, drawGraph } from './graph.js';
import { CASES } from './cases.js';
import { drawLatents } from './latents.js';
import { measurement, mixModality } from './observations.js';
import { convertColumns, measurementOf, type SimulatedModality, type Simulation } from './simulate.js';
import { Streams } from './streams.js';

/** As the fields of a simulation, without missing values. */
export interface IntervenedSimulation {
  readonly z: Float64Array;
  readonly modalities: readonly SimulatedModality[];
}

/**
 * Returns latents and columns under an intervention. Variables that are not descendants do not change, and means and
 * sds are those of the simulation.
 *
 * @param values value for every subject by name of the latent, `m1.z1`; a shared latent is set in all modalities
 * @throws InputError `unknown-latent`
 */
export function intervene(simulation: Simulation, values: Readonly<Record<string, number>>): IntervenedSimulation {
  const { options, order, latents } = simulation;
  const size = CASES[simulation.case];
  const subjects = simulation.ids.length;
  const sources = sourcesOf(order, size);
  const names = sources.map((_, at) => `m${Math.floor(at / latents) + 1}.z${(at % latents) + 1}`);
  const fixed = new Map(
    Object.entries(values).map(([name, value]) => {
      const latent = names.indexOf(name);
      if (latent >= 0) return [sources[latent], value];
      throw new InputError(
        'unknown-latent',
        `the simulation has no latent '${name}'${didYouMean(name, names)}; it has ${names.join(', ')}`,
        { latent: name },
      );
    }),
  );
  const streams = new Streams(options.seed);
  const causal = drawGraph(streams.graph(), size, options);
  const request = { ...options, size: blocksOf(size).length, subjects };
  const z = observedLatents(drawLatents(streams, causal, request, fixed), sources, subjects);
  return { z, modalities: simulation.modalities.map((_, m) => observed(simulation, m, { z, eta: simulation.eta })) };
}

/**
 * Draws a modality of the same subjects with other noise. Several draws show what the other modalities do not
 * determine.
 * @param modality position of a modality that causes no other
 * @param draw number of the draw, 0 to 255
 */
export function redraw(simulation: Simulation, modality: number, draw: number): SimulatedModality {
  const { options, order } = simulation;
  const size = CASES[simulation.case];
  const subjects = simulation.ids.length;
  const sources = sourcesOf(order, size);
  const streams = new Streams(options.seed);
  const causal = drawGraph(streams.graph(), size, options);
  const redrawn = new Set(sources.slice(modality * simulation.latents, (modality + 1) * simulation.latents));
  const noise = (latent: number) => (redrawn.has(latent) ? streams.redrawnNoise(draw, latent) : streams.noise(latent));
  const request = { ...options, size: blocksOf(size).length, subjects };
  const blocks = drawLatents({ mechanism: streams.mechanism, noise }, causal, request);
  const eta = simulation.eta.slice();
  const random = streams.redrawnExogenous(draw, order[modality]);
  for (let at = modality; at < eta.length; at += order.length) eta[at] = random.normal();
  return observed(simulation, modality, { z: observedLatents(blocks, sources, subjects), eta });
}

/** Returns the columns of a modality from other latents, measured as in the simulation. */
function observed(
  simulation: Simulation,
  m: number,
  tables: { readonly z: Float64Array; readonly eta: Float64Array },
): SimulatedModality {
  const { options, order, z, eta, latents, mixing, ids } = simulation;
  const { name, columns } = simulation.modalities[m];
  const sizes = { subjects: ids.length, latents };
  const mixed = mixModality(mixing[m], m, { ...sizes, z, eta });
  const measure = measurement(mixed, { columns, ...measurementOf(simulation, order[m], mixed.length) });
  const measured = measure(mixModality(mixing[m], m, { ...sizes, ...tables }));
  return { name, columns, ...convertColumns(measured, order[m], { columns, options }) };
}
