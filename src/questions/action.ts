// do(z): the values of the set latents and their descendants, with refusals of questions that have no answer, and with
// warnings.

import { referenceOf } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import type { Warning } from '../quality/index.js';
import { actionWarnings } from './action-warnings.js';
import { batchEffects } from './batch-effects.js';
import {
  causeChanges,
  changesOf,
  dividedSetting,
  isExtrapolation,
  valueText,
  type Against,
  type CauseChange,
  type SetCause,
} from './cause-setting.js';
import { causeWarnings } from './cause-warnings.js';
import { causedEdges, checkCauses, type CausedEdge } from './followed-causes.js';
import { followedEdges, unknownDirections } from './followed-edges.js';
import { classEffects, type ClassEffect } from './class-effects.js';
import type { GenerativeModel } from './generative-model.js';
import { checkLatents, checkTested } from './latent-checks.js';
import type { Takes } from './latent-flow.js';
import type { ActionOptions, Edge } from './question-options.js';
import { latentPosition, type LatentValue, type SetLatent, type Setting } from './setting.js';
import { unfittedEffects } from './unfitted-effects.js';

export interface Action {
  /** The set latents, then the latents that are the same variables. */
  readonly set: readonly SetLatent[];
  /** Observed causes that are set. */
  readonly causes: readonly SetCause[];
  /** Values of these causes without the intervention, by position of the cause. */
  readonly baseline: ReadonlyMap<number, number>;
  /** Values of the set latents, by position in the flow. */
  readonly held: ReadonlyMap<number, number>;
  /** Positions in the flow of the descendants, causes before effects. */
  readonly effects: readonly number[];
  /** Latents of the modalities that are set or change. */
  readonly moved: readonly number[];
  /** Returns the input of a latent's mechanism. Causes whose edge is left out keep their earlier value. */
  readonly seenBy: (latent: number, before: Float64Array, after: Float64Array) => Float64Array;
  /** Returns the causes' terms that a latent's mechanism reads, from those without the intervention. */
  readonly termsSeenBy: (latent: number, before: Float64Array) => Float64Array;
  /** Edges that effects follow in an assumed direction. */
  readonly assumed: readonly Edge[];
  /** Latents of the modalities that are reached along such an edge. */
  readonly assumedLatents: ReadonlySet<number>;
  readonly warnings: readonly Warning[];
  /**
   * Left out if the directions of all links on the way are known. Otherwise the effects on latents over all equally
   * good graphs, which are all that is known.
   */
  readonly overClass?: readonly ClassEffect[] | undefined;
}

export interface ActionRequest extends ActionOptions {
  /** Values of the observed causes without the intervention. Default: the reference. */
  readonly against?: Against | undefined;
  /** Default: `population`. Subjects have values of causes, with which they are compared. */
  readonly of?: 'population' | 'subjects';
  /** True if `overClass` answers a question about links whose direction nothing determines. Otherwise it is refused. */
  readonly allowsUnknown?: boolean | undefined;
}

/**
 * Returns the action of a setting.
 * @param names names of the latents of the modalities
 * @throws InputError `unknown-latent`, `unknown-level`; `invalid-setting` if nothing is set, a value is not a number,
 *   or copies of one variable are set to different values; `untested`; `unreplicated-latent`; `undetermined-latent`;
 *   `direction-unknown`; `unknown-edge`; `not-assigned`; `unidentified-effect`
 */
export function actionOf(
  model: GenerativeModel,
  names: readonly string[],
  setting: Setting,
  options: ActionRequest = {},
): Action {
  const { flow, positions, layout, known: observed } = model;
  const divided = dividedSetting(observed, names, setting);
  const { set, held, latents, copies } = settingOf(model, names, divided.latents);
  const changes =
    options.of === 'subjects'
      ? changesOf(observed, divided.causes)
      : causeChanges(observed, divided.causes, options.against);
  if (set.length + changes.length === 0) {
    throw new InputError('invalid-setting', 'Nothing is set; write for example body.z1=+1sd.');
  }
  checkTested(model, options);
  const edges = followedEdges(model, names, options);
  const directed = edges.filter(({ direction }) => direction === 'supported' || direction === 'assumed');
  const caused = causedEdges(model, names, changes, options, directed);
  const known = new Set(directed.map(keyOf));
  const takes: Takes = (cause, effect) => known.has(keyOf({ cause, effect }));
  const hidden = batchEffects(model, { changes, takes, held, undetermined: options.undetermined ?? false });
  const touched = caused.followed.filter(({ effect }) => !held.has(effect) && !hidden.positions.has(effect));
  const touchedAt = touched.map(({ effect }) => effect);
  const following = new Set(
    [...flow.effectsOf(held.keys(), takes, touchedAt)].filter((position) => !hidden.positions.has(position)),
  );
  const effects = flow.order.filter((position) => following.has(position));
  const reached = new Set([...held.keys(), ...following]);
  const moved = [...positions.keys()].filter(
    (latent) => reached.has(positions[latent]) && !hidden.modalities.has(layout.modalityOf[latent]),
  );
  checkCauses(model, names, changes, touched, options);
  checkLatents(model, names, { set: latents, moved }, options);
  const relevant = edges.filter((edge) => !hidden.isLeftOut(edge));
  const unknown = unknownDirections(relevant, new Set(held.keys()), reached);
  const openEffects =
    unknown && options.allowsUnknown ? classEffects(model, { set, causes: changes, isOrderAsserted: false }) : [];
  if (unknown && openEffects.length === 0) throw unknown;
  const taken = edges.filter(({ cause, effect }) => reached.has(cause) && following.has(effect));
  const assumed = [...touched, ...taken].filter(({ direction }) => direction === 'assumed');
  const doubtful = new Set(touched.filter(({ direction }) => direction === 'assumed').map(({ effect }) => effect));
  for (const effect of effects) {
    const incoming = taken.filter((edge) => edge.effect === effect);
    if (incoming.some(({ cause, direction }) => direction === 'assumed' || doubtful.has(cause))) doubtful.add(effect);
  }
  const causes = setCauses(model, changes);
  return {
    set: [...set, ...copies],
    causes,
    baseline: new Map(changes.map(({ index, against }) => [index, against ?? NaN])),
    held,
    effects,
    moved,
    seenBy: takenFrom(takes, effects, flow.order),
    termsSeenBy: termsAfter(touched),
    assumed: assumed.map(({ from, to }) => ({ from, to })),
    assumedLatents: new Set(moved.filter((latent) => doubtful.has(positions[latent]))),
    warnings: unknown
      ? [{ code: 'direction-unknown', text: unknown.message }]
      : [
          ...hidden.warnings,
          ...causeWarnings(model, causes, { ...caused, followed: touched }),
          ...unfittedEffects(model, names, { changes, followed: caused.followed, takes, held }),
          ...actionWarnings(model, names, { set, latents, moved, taken, edges, reached }, options),
        ],
    ...(unknown && { overClass: openEffects }),
  };
}

function settingOf(model: GenerativeModel, names: readonly string[], setting: Readonly<Record<string, LatentValue>>) {
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
  const copies = copiesOf(model, names, set);
  for (const { name, value } of copies) held.set(positions[names.indexOf(name)], value);
  return { set, held, latents, copies };
}

/** Distance of the values of two copies, in standard deviations, that counts as none. */
const SAME_VALUE = 1e-6;

/**
 * Returns the settings of the latents that are the same variables as set ones. A copy is as many standard deviations
 * from its mean, in the direction of its correlation.
 * @throws InputError `invalid-setting` if two copies are set to different values
 */
function copiesOf(
  { summary, ranges }: GenerativeModel,
  names: readonly string[],
  set: readonly SetLatent[],
): SetLatent[] {
  return (summary.evidence?.shared?.same ?? []).flatMap(({ latents, signs }) => {
    const named = set.filter(({ name }) => latents.includes(name));
    const first = named.at(0);
    if (!first) return [];
    const sdOf = (name: string) => first.sd * signs[latents.indexOf(first.name)] * signs[latents.indexOf(name)];
    const other = named.find(({ name, sd }) => Math.abs(sd - sdOf(name)) > SAME_VALUE);
    if (other) {
      throw new InputError(
        'invalid-setting',
        `${first.name} and ${other.name} are the same variable as far as the study can tell, but are set to ` +
          `different values (${other.name} must be ${sdOf(other.name).toFixed(2)} sd). Set one of them.`,
        { latent: other.name },
      );
    }
    return latents
      .filter((name) => set.every((one) => one.name !== name))
      .map((name) => {
        const { mean, sd } = ranges.latents[latentPosition(name, names)];
        return { name, value: mean + sdOf(name) * sd, sd: sdOf(name) };
      });
  });
}

function keyOf({ cause, effect }: { readonly cause: number; readonly effect: number }): string {
  return `${cause} ${effect}`;
}

/** Returns the set causes for an answer. All other assigned causes are at their reference. */
function setCauses({ known }: GenerativeModel, changes: readonly CauseChange[]): SetCause[] {
  const atReference = known.causes.flatMap((cause, k): [number, number][] =>
    cause.assigned ? [[k, referenceOf(cause)]] : [],
  );
  const world = (valueOf: (change: CauseChange) => number | undefined): Map<number, number> =>
    new Map([
      ...atReference,
      ...changes.flatMap((change): [number, number][] => {
        const value = valueOf(change);
        return value === undefined ? [] : [[change.index, value]];
      }),
    ]);
  const extrapolation =
    changes.length > 0 &&
    [world(({ value }) => value), world(({ against }) => against)].some((one) => isExtrapolation(known, one));
  return changes.map(({ cause, value, against }) => ({
    name: cause.name,
    value: valueText(cause, value),
    ...(against !== undefined && { against: valueText(cause, against) }),
    assigned: cause.assigned,
    extrapolation,
  }));
}

/** Returns `termsSeenBy`: a latent sees the changes of the causes whose edges to it effects follow. */
function termsAfter(edges: readonly CausedEdge[]): Action['termsSeenBy'] {
  const changes = new Map<number, [number, number][]>();
  for (const { effect, change } of edges) {
    changes.set(effect, [...(changes.get(effect) ?? []), ...change.after]);
  }
  return (latent, before) => {
    const changed = changes.get(latent);
    if (!changed) return before;
    const after = before.slice();
    for (const [term, value] of changed) after[term] = value;
    return after;
  };
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
