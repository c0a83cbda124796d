// do(z): the values of the set latents and their descendants, with refusals of questions that have no answer, and with
// warnings.

import { InputError } from '../errors/errors.js';
import type { Warning } from '../quality/index.js';
import { actionWarnings } from './action-warnings.js';
import { checkDirections, followedEdges } from './followed-edges.js';
import type { GenerativeModel } from './generative-model.js';
import { checkLatents, checkTested } from './latent-checks.js';
import type { Takes } from './latent-flow.js';
import type { ActionOptions, Edge } from './question-options.js';
import { latentPosition, type SetLatent, type Setting } from './setting.js';

export interface Action {
  readonly set: readonly SetLatent[];
  /** Values of the set latents, by position in the flow. */
  readonly held: ReadonlyMap<number, number>;
  /** Positions in the flow of the descendants, causes before effects. */
  readonly effects: readonly number[];
  /** Latents of the modalities that are set or change. */
  readonly moved: readonly number[];
  /** Returns the input of a latent's mechanism. Causes whose edge is left out keep their earlier value. */
  readonly seenBy: (latent: number, before: Float64Array, after: Float64Array) => Float64Array;
  /** Edges that effects follow in an assumed direction. */
  readonly assumed: readonly Edge[];
  /** Latents of the modalities that are reached along such an edge. */
  readonly assumedLatents: ReadonlySet<number>;
  readonly warnings: readonly Warning[];
}

/**
 * Returns the action of a setting.
 * @param names names of the latents of the modalities
 * @throws InputError `unknown-latent`; `invalid-setting` if nothing is set, a value is not a number, or copies of a
 *   shared latent are set to different values; `untested`; `unreplicated-latent`; `undetermined-latent`;
 *   `direction-unknown`; `unknown-edge`
 */
export function actionOf(
  model: GenerativeModel,
  names: readonly string[],
  setting: Setting,
  options: ActionOptions = {},
): Action {
  const { flow, positions } = model;
  const { set, held, latents } = settingOf(model, names, setting);
  checkTested(model, options);
  const edges = followedEdges(model, names, options);
  const known = new Set(
    edges.filter(({ direction }) => direction === 'supported' || direction === 'assumed').map(keyOf),
  );
  const takes: Takes = (cause, effect) => known.has(keyOf({ cause, effect }));
  const following = flow.effectsOf(held.keys(), takes);
  const effects = flow.order.filter((position) => following.has(position));
  const reached = new Set([...held.keys(), ...following]);
  const moved = [...positions.keys()].filter((latent) => reached.has(positions[latent]));
  checkLatents(model, names, { set: latents, moved }, options);
  checkDirections(edges, new Set(held.keys()), reached);
  const taken = edges.filter(({ cause, effect }) => reached.has(cause) && following.has(effect));
  const assumed = taken.filter(({ direction }) => direction === 'assumed');
  const doubtful = new Set<number>();
  for (const effect of effects) {
    const incoming = taken.filter((edge) => edge.effect === effect);
    if (incoming.some(({ cause, direction }) => direction === 'assumed' || doubtful.has(cause))) doubtful.add(effect);
  }
  return {
    set,
    held,
    effects,
    moved,
    seenBy: takenFrom(takes, effects, flow.order),
    assumed: assumed.map(({ from, to }) => ({ from, to })),
    assumedLatents: new Set(moved.filter((latent) => doubtful.has(positions[latent]))),
    warnings: actionWarnings(model, names, { set, latents, moved, taken, edges, reached }, options),
  };
}

function settingOf(model: GenerativeModel, names: readonly string[], setting: Setting) {
  const { positions, ranges } = model;
  const held = new Map<number, number>();
  const latents: number[] = [];
  const set = Object.entries(setting).map(([name, written]): SetLatent => {
    const latent = latentPosition(name, names);
    const { mean, sd } = ranges.latents[latent];
    const value = typeof written === 'number' ? written : mean + written.sd * sd;
    const known = held.get(positions[latent]);
    if (!Number.isFinite(value) || (known !== undefined && known !== value)) {
      const problem = Number.isFinite(value)
        ? 'is shared with another latent that is set to another value'
        : 'is not a number';
      throw new InputError('invalid-setting', `The value of ${name} ${problem}.`, { latent: name });
    }
    held.set(positions[latent], value);
    latents.push(latent);
    return { name, value, sd: (value - mean) / sd };
  });
  if (set.length === 0) throw new InputError('invalid-setting', 'Nothing is set; write for example body.z1=+1sd.');
  return { set, held, latents };
}

function keyOf({ cause, effect }: { readonly cause: number; readonly effect: number }): string {
  return `${cause} ${effect}`;
}

/** Returns `seenBy` for the edges that effects follow. @param all all positions in the flow */
function takenFrom(takes: Takes, effects: readonly number[], all: readonly number[]): Action['seenBy'] {
  const ignored = new Map(effects.map((effect) => [effect, all.filter((cause) => !takes(cause, effect))]));
  return (latent, before, after) => {
    const seen = after.slice();
    for (const cause of ignored.get(latent)!) seen[cause] = before[cause];
    return seen;
  };
}
