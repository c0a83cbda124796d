// Simulates interventions do(z) on the same subjects with the same noise. The result for one subject is its
// counterfactual; the mean over all subjects is the effect.

import { latentOf } from './causes.js';
import { CASES, type SimulatedCase } from './cases.js';
import { NO_CHANGE, type Changes } from './changes.js';
import { measurement, mixModality } from './observations.js';
import { convertColumns, measurementOf, type SimulatedModality, type Simulation } from './simulate.js';
import { Streams } from './streams.js';
import { structuralModel } from './structural-model.js';

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
  const model = modelOf(simulation);
  const fixed = new Map(
    Object.entries(values).map(([name, value]) => [model.sources[latentOf(name, model.names)], value]),
  );
  const z = model.latents(withFixed(model.causes?.changes() ?? new Map(), fixed));
  return { z, modalities: simulation.modalities.map((_, m) => observed(simulation, m, { z, eta: simulation.eta })) };
}

/** Returns the changes with constant values of some latents. */
function withFixed(changes: Changes, fixed: ReadonlyMap<number, number>): Changes {
  const all = new Map(changes);
  for (const [latent, mean] of fixed) all.set(latent, () => ({ ...NO_CHANGE, replacement: { mean, sd: 0 } }));
  return all;
}

function modelOf({ case: name, options, ids }: Simulation) {
  return structuralModel(CASES[name], options, ids.length);
}

/**
 * Draws a modality of the same subjects with other noise. Several draws show what the other modalities do not
 * determine.
 * @param modality position of a modality that causes no other
 * @param draw number of the draw, 0 to 255
 */
export function redraw(simulation: Simulation, modality: number, draw: number): SimulatedModality {
  const { options, order } = simulation;
  const model = modelOf(simulation);
  const streams = new Streams(options.seed);
  const redrawn = new Set(model.sources.slice(modality * simulation.latents, (modality + 1) * simulation.latents));
  const noise = (latent: number) => (redrawn.has(latent) ? streams.redrawnNoise(draw, latent) : streams.noise(latent));
  const z = model.latents(undefined, { mechanism: streams.mechanism, noise });
  const eta = simulation.eta.slice();
  const random = streams.redrawnExogenous(draw, order[modality]);
  for (let at = modality; at < eta.length; at += order.length) eta[at] = random.normal();
  return observed(simulation, modality, { z, eta });
}

/** Returns the columns of a modality from other latents, measured as in the simulation. */
function observed(
  simulation: Simulation,
  m: number,
  tables: { readonly z: Float64Array; readonly eta: Float64Array },
): SimulatedModality {
  const { options, order, z, eta, latents, mixing, ids } = simulation;
  const { name, columns } = simulation.modalities[m];
  const { bend }: SimulatedCase = CASES[simulation.case];
  const sizes = { subjects: ids.length, latents, bend };
  const mixed = mixModality(mixing[m], m, { ...sizes, z, eta });
  const measure = measurement(mixed, { ...measurementOf(simulation, m) });
  const measured = measure(mixModality(mixing[m], m, { ...sizes, ...tables }));
  return { name, columns, ...convertColumns(measured, order[m], { columns, options }) };
}
