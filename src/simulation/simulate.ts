// Simulates data with a known truth: latents with a known graph, observed through a random invertible map (METHOD
// sections 4 and 9). docs/reference/simulation.md lists every constant.

import { checkArgument, checkOptions } from '../errors/argument.js';
import type { Split } from '../data/dataset.js';
import { splitSubjects } from '../data/split.js';
import { drawBatches, drawBatchScales } from './batches.js';
import { observedGraph, blocksOf, drawGraph, EXOGENOUS, observersOf } from './graph.js';
import { CASES, caseSize, modalityNames, type CaseName } from './cases.js';
import { strataOf, type SimulatedCause } from './causes.js';
import { drawMissing } from './missing-values.js';
import type { LikelihoodName } from '../likelihoods/kinds.js';
import { convertedValues, simulatedKinds } from './kinds.js';
import { drawMixing, type MixingLayer } from './mechanism.js';
import { measurement, mixModality, type Measurement } from './observations.js';
import { fillOptions } from './fill-options.js';
import { SIMULATION_OPTIONS, trainingSubjects, type FilledOptions, type SimulationOptions } from './options.js';
import { Streams } from './streams.js';
import { structuralModel } from './structural-model.js';

export interface SimulatedModality {
  readonly name: string;
  /**
   * Subjects × columns, row-major, standardised over training and validation, rounded to six decimals. Columns with
   * `kinds` have positions of levels or counts.
   */
  readonly x: Float64Array;
  /** Kind of each column, if some are not measurements. */
  readonly kinds?: readonly LikelihoodName[] | undefined;
  /** As `x`: 1 for an observed value, 0 for a missing one; left out if none is missing. */
  readonly observed?: Uint8Array | undefined;
  readonly columns: number;
}

export interface Simulation {
  readonly case: CaseName;
  readonly options: FilledOptions;
  readonly ids: readonly string[];
  readonly modalities: readonly SimulatedModality[];
  /** Number of latents of each modality, including shared ones. */
  readonly latents: number;
  /** Number of latents that all modalities share by design. They are the last ones of every modality. */
  readonly shared: number;
  /** Variable of each latent, by number. Latents of different modalities with one number are copies of each other. */
  readonly variables: readonly number[];
  /**
   * Subjects × (modalities · latents), row-major, modalities in order. Mean 0 and sd 1 without causes: exact, except in
   * expectation for roots.
   */
  readonly z: Float64Array;
  /** Exogenous variables, subjects × modalities, row-major. */
  readonly eta: Float64Array;
  /** Row child, column parent. A shared latent acts through its copy in the modality of the effect. */
  readonly adjacency: Int8Array;
  /** Position of each modality in the causal order, from 0. */
  readonly order: readonly number[];
  readonly split: Split;
  /** Sizes of the splits, as in a study file. */
  readonly splitSizes: { readonly validation: number; readonly test: number; readonly seed: number };
  /** Mixing layers of each modality. */
  readonly mixing: readonly (readonly MixingLayer[])[];
  /** Observed causes, if there are any. */
  readonly causes?: readonly SimulatedCause[] | undefined;
  /** Batch of each subject, from 0, for the modality that is measured in batches. */
  readonly batches?: { readonly modality: string; readonly values: Float64Array } | undefined;
}

/** Graph of a simulation by blocks: shared latents first, then the other latents of each modality. */
export interface SimulatedGraph {
  /** D × D over the latents of all blocks: row child, column parent. */
  readonly adjacency: Int8Array;
  /** Block of each latent. */
  readonly blocks: readonly number[];
  /** Modalities that observe each latent. */
  readonly observers: readonly (readonly number[])[];
}

/**
 * Returns the graph that `simulate` draws, with modalities in causal order.
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulatedGraph(caseName: string, options: SimulationOptions = {}): SimulatedGraph {
  const size = caseSize(caseName);
  const filled = fillOptions(options, size);
  const adjacency = drawGraph(new Streams(filled.seed).graph(), size, filled);
  return { adjacency, blocks: blocksOf(size), observers: observersOf(size) };
}

/**
 * Simulates a case. The same case, options and seed give the same numbers. Graph, mechanisms, mixing and the noise of
 * the first subjects do not depend on the number of subjects. Missing values do not change the other values.
 *
 * @throws InputError `unknown-case`, `invalid-option`
 */
export function simulate(caseName: string, options: SimulationOptions = {}): Simulation {
  checkArgument('simulate: caseName', caseName, 'text');
  checkOptions('simulate', options, SIMULATION_OPTIONS);
  const size = caseSize(caseName);
  const { modalities, columns } = size;
  const filled = fillOptions(options, size);
  const { seed, samples, test } = filled;
  const streams = new Streams(seed);
  const subjects = samples + test;

  const model = structuralModel(size, filled, subjects);
  const { order, sources } = model;
  const z = model.latents();
  const latents = sources.length / modalities;
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `s${String(i + 1).padStart(digits, '0')}`);
  const splitSizes = { validation: samples - trainingSubjects({ samples }), test, seed };
  const causes = model.causes?.causes;
  const split = splitSubjects(ids, splitSizes, undefined, causes && strataOf(causes));

  const eta = new Float64Array(subjects * modalities);
  for (const [m, place] of order.entries()) {
    const noise = streams.exogenous(place);
    for (let row = 0; row < subjects; row++) eta[row * modalities + m] = noise.normal();
  }
  const mixing = order.map((place) => drawMixing(streams.mixing(place), latents + EXOGENOUS, columns));
  const complete = new Set(filled.missingInTest ? [] : split.test);
  const marks = drawMissing(streams, { ...filled, subjects, columns, order, complete });
  const batches =
    filled.batches === 0
      ? undefined
      : { modality: filled.batchedModality, values: drawBatches(streams, subjects, filled.batches) };
  const observed = order.map((place, m): SimulatedModality => {
    const mixed = mixModality(mixing[m], m, { subjects, z, eta, latents, bend: size.bend });
    const name = modalityNames(size)[m];
    const measure = measurement(mixed, measurementOf({ case: size.name, options: filled, split, order, batches }, m));
    const converted = convertColumns(measure(mixed), place, { columns, options: filled });
    return { name, ...converted, ...(marks && { observed: marks[m] }), columns };
  });
  return {
    case: size.name,
    options: filled,
    ids,
    modalities: observed,
    latents,
    shared: latents - size.latents,
    variables: sources,
    z,
    eta,
    adjacency: observedGraph(model.adjacency, sources, size),
    order,
    split,
    splitSizes,
    mixing,
    ...(causes && { causes }),
    ...(batches && { batches }),
  };
}

/** Converts some of the measured columns to other kinds. */
export function convertColumns(
  x: Float64Array,
  place: number,
  { columns, options }: { readonly columns: number; readonly options: FilledOptions },
): Pick<SimulatedModality, 'x' | 'kinds'> {
  const { seed, mixedColumns } = options;
  if (mixedColumns === 0) return { x };
  const kinds = simulatedKinds(columns, mixedColumns);
  return { x: convertedValues(x, kinds, new Streams(seed).kinds(place)), kinds };
}

/** Returns how the columns of a modality are measured. */
export function measurementOf(
  simulation: Pick<Simulation, 'case' | 'options' | 'split' | 'order' | 'batches'>,
  m: number,
): Measurement {
  const { options, split, order, batches } = simulation;
  const { columns } = CASES[simulation.case];
  const { seed, measurementNoise } = options;
  const streams = new Streams(seed);
  const fitted = [...split.train, ...split.validation];
  const random = streams.measurement(order[m]);
  const values = columns * (fitted.length + split.test.length);
  return {
    columns,
    fitted,
    ...(measurementNoise > 0 && {
      noise: Float64Array.from({ length: values }, () => measurementNoise * random.normal()),
    }),
    ...(batches?.modality === modalityNames(CASES[simulation.case])[m] && {
      batches: {
        values: batches.values,
        scales: drawBatchScales(streams, order[m], options.batches, columns),
      },
    }),
  };
}
