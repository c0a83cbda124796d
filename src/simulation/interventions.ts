// What a simulation would have been had some latents been set, do(z): the same subjects with the same noises. For one
// subject that is its counterfactual; the mean over all is the effect.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import { observedLatents, sourcesOf } from './blocks.js';
import { CASES } from './cases.js';
import { blocksOf, drawGraph } from './graph.js';
import { drawLatents } from './latents.js';
import { measurement, mixModality } from './observations.js';
import { measurementOf, turn, type SimulatedModality, type Simulation } from './simulate.js';
import { Streams } from './streams.js';

/** As the fields of a simulation; nothing is missing. */
export interface IntervenedSimulation {
  readonly z: Float64Array;
  readonly modalities: readonly SimulatedModality[];
}

/**
 * Latents and columns under an intervention. All that is not an effect keeps its bits; means and sds are those of the
 * simulation.
 *
 * @param values by name of the latent, `m1.z1`, for every subject; a shared latent is set in all modalities
 * @throws InputError `unknown-latent`
 */
export function intervene(simulation: Simulation, values: Readonly<Record<string, number>>): IntervenedSimulation {
  const { options, order, eta, latents, mixing } = simulation;
  const size = CASES[simulation.case];
  const subjects = simulation.ids.length;
  const sources = sourcesOf(order, size);
  const names = sources.map((_, at) => `m${Math.floor(at / latents) + 1}.z${(at % latents) + 1}`);
  const held = new Map(
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
  const z = observedLatents(drawLatents(streams, causal, request, held), sources, subjects);
  const modalities = simulation.modalities.map(({ name, columns }, m): SimulatedModality => {
    const mixed = mixModality(mixing[m], m, { subjects, z: simulation.z, eta, latents });
    const measure = measurement(mixed, { columns, ...measurementOf(simulation, order[m], mixed.length) });
    const measured = measure(mixModality(mixing[m], m, { subjects, z, eta, latents }));
    return { name, columns, ...turn(measured, order[m], { columns, options }) };
  });
  return { z, modalities };
}
