// Observed causes of simulated latents: arms with levels, and a dose, both assigned at random. Causes change mechanisms
// and stay out of the mixing. docs/reference/simulation.md lists every constant.

import type { CauseEffect, CauseKind } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { RandomStream } from '../random/random-stream.js';
import { blockRandomised } from './assignment.js';
import { bothChanges, NO_CHANGE, type Change, type Changes } from './changes.js';
import type { FilledOptions, LevelEffect } from './options.js';
import type { Streams } from './streams.js';

/** A cause with its true targets. */
export interface SimulatedCause {
  readonly name: string;
  readonly kind: CauseKind;
  /** Levels of `arm`, the reference first, or ascending doses; left out for a continuous dose. */
  readonly levels?: readonly string[] | undefined;
  /** What a designer would write: the class of effects that contains the true ones. */
  readonly effect: CauseEffect;
  /** Position of the level for `arm`, otherwise the dose, by subject. */
  readonly values: Float64Array;
  /** Levels other than the reference × latents of the simulation: 1 for a target. One row for a dose. */
  readonly targets: Int8Array;
}

/** Causes, and what they do to the latents. */
export interface DrawnCauses {
  readonly causes: readonly SimulatedCause[];
  /**
   * Returns the changes of mechanisms.
   * @param valueAt value of a cause, by position, for the subject in a row. Default: the assigned values
   */
  changes(valueAt?: (cause: number, row: number) => number): Changes;
}

interface CauseRequest {
  readonly options: FilledOptions;
  readonly subjects: number;
  /** Position of each latent of the simulation in the causal blocks. */
  readonly sources: readonly number[];
  /** Names of the latents of the simulation. */
  readonly names: readonly string[];
  /** Row child, column parent, over the latents of the blocks. */
  readonly adjacency: Int8Array;
}

const REFERENCE = 'control';
/** Doses of an ordered cause; the first is the reference. */
const GRADES = [0, 1, 3, 10];
/** A continuous dose is uniform up to this number. One subject in `DOSE_BLOCK` has the reference, 0. */
const MAX_DOSE = 10;
const DOSE_BLOCK = 4;
/** Bounds of shifts and of means of perfect levels, in sds. */
const SHIFT: readonly [number, number] = [1, 2];
/** Bounds of sds of perfect levels. */
const PERFECT_SD: readonly [number, number] = [1, 1.4];
const NOISE_FACTOR = 2;
/** Bounds of the factor with which a change of mechanism reverses the effect of the parents. */
const REVERSAL: readonly [number, number] = [0.5, 1];
/** Bounds of the effect of an infinite dose, in sds, and of the dose that has half of it (the Emax model). */
const MAX_EFFECT: readonly [number, number] = [1.5, 2.5];
const HALF_DOSE: readonly [number, number] = [1, 4];

const EFFECTS: Readonly<Record<LevelEffect, CauseEffect>> = {
  perfect: 'perfect',
  shift: 'shift',
  variance: 'soft',
  mechanism: 'soft',
};

/** A cause before its targets are named: change of a latent of the blocks at a value, which is 0 at the reference. */
interface DrawnCause extends Omit<SimulatedCause, 'targets'> {
  /** Latents of the blocks that each level changes; one list for a dose. */
  readonly targets: readonly (readonly number[])[];
  readonly change: (latent: number, value: number) => Change;
}

/** Draws the causes; undefined if the options have none. @throws InputError `unknown-latent` */
export function drawCauses(streams: Streams, request: CauseRequest): DrawnCauses | undefined {
  const { levels, dose } = request.options;
  const drawn = [
    ...(levels === undefined ? [] : [drawArm(streams, levels, request)]),
    ...(dose === undefined ? [] : [drawDose(streams, request)]),
  ];
  if (drawn.length === 0) return undefined;
  const { sources } = request;
  const causes = drawn.map(({ name, kind, levels: all, effect, values, targets }): SimulatedCause => ({
    name,
    kind,
    levels: all,
    effect,
    values,
    targets: Int8Array.from(targets.flatMap((latents) => sources.map((source) => (latents.includes(source) ? 1 : 0)))),
  }));
  return { causes, changes: (valueAt = (cause, row) => causes[cause].values[row]) => changesOf(drawn, valueAt) };
}

function changesOf(drawn: readonly DrawnCause[], valueAt: (cause: number, row: number) => number): Changes {
  const latents = [...new Set(drawn.flatMap(({ targets }) => targets.flat()))];
  const isTarget = ({ targets, kind }: DrawnCause, latent: number, value: number) =>
    value !== 0 && targets[kind === 'categorical' ? value - 1 : 0].includes(latent);
  return new Map(
    latents.map((latent) => [
      latent,
      (row: number) =>
        drawn.reduce<Change | undefined>((before, cause, c) => {
          const value = valueAt(c, row);
          return isTarget(cause, latent, value)
            ? bothChanges(before ?? NO_CHANGE, cause.change(latent, value))
            : before;
        }, undefined),
    ]),
  );
}

function drawArm(streams: Streams, kind: LevelEffect, request: CauseRequest): DrawnCause {
  const { options, subjects, sources, adjacency } = request;
  const targets = options.targets?.map((names) => blocksOfNames(names, request)) ?? drawTargets(streams, request);
  const size = Math.max(...sources) + 1;
  const hasParents = (latent: number) => adjacency.subarray(latent * size, (latent + 1) * size).includes(1);
  const digits = String(targets.length).length;
  const changes = targets.map((latents, at) => {
    const draw = (latent: number) => drawChange(streams.levelChange(at + 1, latent), kind, hasParents(latent));
    return new Map(latents.map((latent) => [latent, draw(latent)]));
  });
  return {
    name: 'arm',
    kind: 'categorical',
    levels: [REFERENCE, ...targets.map((_, at) => `a${String(at + 1).padStart(digits, '0')}`)],
    effect: EFFECTS[kind],
    values: blockRandomised(streams.armAssignment(), subjects, targets.length + 1),
    targets,
    change: (latent, level) => changes[level - 1].get(latent)!,
  };
}

function drawChange(random: RandomStream, kind: LevelEffect, hasParents: boolean): Change {
  const shift = random.sign() * random.between(...SHIFT);
  if (kind === 'perfect') return { ...NO_CHANGE, replacement: { mean: shift, sd: random.between(...PERFECT_SD) } };
  if (kind === 'variance') return { ...NO_CHANGE, noise: NOISE_FACTOR };
  if (kind === 'shift' || !hasParents) return { ...NO_CHANGE, shift };
  return { ...NO_CHANGE, signal: -random.between(...REVERSAL) };
}

/** Draws the targets of all levels. Every latent is the first target of a level before one is so again. */
function drawTargets(streams: Streams, { options, sources }: CauseRequest): number[][] {
  const size = Math.max(...sources) + 1;
  const { levelCount = size, targetsPerLevel } = options;
  const order = streams.armTargets(0).permutation(size);
  return Array.from({ length: levelCount }, (_, level) => {
    const first = order[level % size];
    const further = streams.armTargets(level + 1).permutation(size);
    return [first, ...further.filter((latent) => latent !== first)].slice(0, targetsPerLevel);
  });
}

function drawDose(streams: Streams, request: CauseRequest): DrawnCause {
  const { options, subjects, sources } = request;
  const size = Math.max(...sources) + 1;
  const random = streams.doseAssignment();
  const grades = options.dose === 'ordered' ? GRADES : undefined;
  const amounts = streams.doseAmounts();
  const doses = Array.from({ length: subjects }, () => Math.ceil(amounts.between(0, MAX_DOSE) * 100) / 100);
  const curves = Array.from({ length: size }, (_, latent) => {
    const stream = streams.doseChange(latent);
    return { maximum: stream.sign() * stream.between(...MAX_EFFECT), half: stream.between(...HALF_DOSE) };
  });
  return {
    name: 'dose',
    kind: grades ? 'ordered' : 'continuous',
    ...(grades && { levels: grades.map(String) }),
    effect: 'shift',
    values: blockRandomised(random, subjects, grades?.length ?? DOSE_BLOCK).map((group, row) =>
      grades ? grades[group] : group === 0 ? 0 : doses[row],
    ),
    targets: [options.doseTargets ? blocksOfNames(options.doseTargets, request) : [streams.doseTargets().below(size)]],
    change: (latent, dose) => {
      const { maximum, half } = curves[latent];
      return { ...NO_CHANGE, shift: (maximum * dose) / (half + dose) };
    },
  };
}

function blocksOfNames(targets: readonly string[], { names, sources }: CauseRequest): number[] {
  return targets.map((name) => sources[latentOf(name, names)]);
}

/** Returns the strata of the subjects, as a study with these causes has them: levels and doses, by subject. */
export function strataOf(causes: readonly SimulatedCause[]): string[][] {
  return causes.filter(({ kind }) => kind !== 'continuous').map(({ values }) => Array.from(values, String));
}

/** Returns the position of a latent. @throws InputError `unknown-latent` */
export function latentOf(name: string, names: readonly string[]): number {
  const latent = names.indexOf(name);
  if (latent >= 0) return latent;
  throw new InputError(
    'unknown-latent',
    `the simulation has no latent '${name}'${didYouMean(name, names)}; it has ${names.join(', ')}`,
    { latent: name },
  );
}
