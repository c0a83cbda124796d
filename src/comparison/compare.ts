// Fits several methods on the same training subjects, and scores them on the same held-out subjects.

import { shuffleSubjects } from '../data/resample.js';
import { InputError } from '../errors/errors.js';
import { version } from '../runtime/package.js';
import type { Truth } from '../simulation/truth.js';
import type { Study } from '../study/study.js';
import { comparedData, type ComparedData } from './compared-data.js';
import type { Method, MethodInput, MethodLatents, MethodResult } from './method.js';
import { peakMemory, resetPeakMemory } from './peak-memory.js';
import { RELATED, relations } from './relations.js';
import type { ComparedMethod, Comparison } from './schema.js';
import {
  checkTruth,
  differenceOf,
  explained,
  overSeeds,
  meanShare,
  shareOf,
  stability,
  truthScores,
  type Explained,
  type Share,
  type WeightedShare,
} from './scores.js';

export interface CompareOptions {
  readonly methods: readonly Method[];
  /** Number of fits of each method, with seeds from `firstSeed`. */
  readonly seeds: number;
  readonly firstSeed?: number;
  /** Number of fits of each method to shuffled subjects. */
  readonly shuffles: number;
  readonly truth?: Truth | undefined;
  readonly signal?: AbortSignal;
  /** Called before each fit. */
  readonly onFit?: (fit: ComparedFit) => void;
  /** Receives the latents of each fit to the study. */
  readonly onLatents?: (fit: ComparedFit, latents: MethodLatents, data: ComparedData) => Promise<void>;
}

export interface ComparedFit {
  readonly method: string;
  readonly seed: number;
  readonly isShuffled: boolean;
  /** Number of this fit, from 0, and of all fits. */
  readonly number: number;
  readonly count: number;
}

/** A fit with its cost. */
interface Timed {
  readonly fit: MethodResult;
  readonly seconds: number;
  readonly memory: number | null;
}

/** All fits of a method, with the means of explained shares over the seeds. */
interface Outcome {
  readonly fits: readonly Timed[];
  readonly nulls: readonly Shuffled[];
  readonly probes: readonly Explained[];
  readonly within: WeightedShare | undefined;
  readonly across: WeightedShare | undefined;
}

const MIN_HELD_OUT = 20;

/**
 * Compares the methods.
 * @throws InputError `no-held-out`; what the methods throw; the signal's reason
 */
export async function compareMethods(study: Study, options: CompareOptions): Promise<Comparison> {
  const { methods, seeds, firstSeed = 0, shuffles, truth, onFit, onLatents } = options;
  const signal = options.signal ?? new AbortController().signal;
  const { dataset } = study;
  const data = comparedData(dataset);
  const { train, validation, test } = data.split;
  if (truth) checkTruth(data, truth);
  if (test.length < 2) {
    throw new InputError(
      'no-held-out',
      `${study.path}: split.test is ${test.length}, so there are no held-out subjects to compare on. Set split.test ` +
        'above 0, as in 0.2.',
    );
  }
  const numbers = Array.from({ length: seeds }, (_, i) => firstSeed + i);
  const repeats = data.modalities.length > 1 ? shuffles : 0;
  const shuffled = Array.from({ length: repeats }, (_, i) => {
    const shuffledStudy = withShuffled(study, firstSeed + i + 1);
    return { study: shuffledStudy, data: comparedData(shuffledStudy.dataset) };
  });
  const count = methods.length * (seeds + repeats);
  let number = 0;
  const next = async (method: Method, input: Omit<MethodInput, 'signal'>): Promise<Timed> => {
    signal.throwIfAborted();
    const event = { method: method.name, seed: input.seed, isShuffled: input.isShuffled, number: number++, count };
    onFit?.(event);
    const fitted = await timed(method, { ...input, signal });
    if (!input.isShuffled) await onLatents?.(event, fitted.fit, data);
    return fitted;
  };
  const outcomes = new Map<Method, Outcome>();
  for (const method of [...methods].sort((a, b) => Number(b.isForeign ?? false) - Number(a.isForeign ?? false))) {
    const fits: Timed[] = [];
    for (const seed of numbers) fits.push(await next(method, { study, data, seed, isShuffled: false }));
    const nulls: Shuffled[] = [];
    for (const one of shuffled) {
      const { fit } = await next(method, { ...one, seed: firstSeed, isShuffled: true });
      nulls.push(shuffledScores(one.data, fit));
    }
    outcomes.set(method, outcomeOf(data, fits, nulls));
  }
  const first = outcomes.get(methods[0])!;
  const compared = methods.map((method, i): ComparedMethod => {
    const { fits, nulls, probes, within, across } = outcomes.get(method)!;
    const all = fits.map(({ fit }) => fit);
    return {
      name: method.name,
      title: method.title,
      latents: Object.fromEntries(data.modalities.map(({ name }, m) => [name, all[0].latents[m].columns])),
      within: shareOrNull(within),
      across: shareOrNull(across),
      difference:
        i === 0 ? null : { within: difference(within, first.within), across: difference(across, first.across) },
      modalities: ofModalities(data, probes),
      pairs: relations(data, all[0].latents, test),
      shuffled: nulls.length === 0 ? null : summed(nulls),
      stability: stability(all, test) ?? null,
      truth: truth ? meanTruth(all.map((fit) => truthScores(fit, data, truth))) : null,
      seconds: mean(fits.map(({ seconds }) => seconds)),
      memory: maxOrNull(fits.map(({ memory }) => memory)),
    };
  });
  return {
    format: 'interlatent-compared-1',
    version,
    study: study.name,
    fingerprint: data.fingerprint,
    subjects: { train: train.length, validation: validation.length, test: test.length },
    seeds: numbers,
    shuffles: repeats,
    methods: compared,
    warnings: warningsOf(data, compared),
  };
}

function outcomeOf(data: ComparedData, fits: readonly Timed[], nulls: readonly Shuffled[]): Outcome {
  const probes = fits.map(({ fit }) => explained(data, fit.latents));
  const mean = (kind: keyof Explained) => overSeeds(probes.map((one) => meanShare(one[kind], data)));
  return { fits, nulls, probes, within: mean('within'), across: mean('across') };
}

async function timed(method: Method, input: MethodInput): Promise<Timed> {
  resetPeakMemory();
  const started = performance.now();
  const fit = await method.fit(input);
  const seconds = (performance.now() - started) / 1000;
  return { fit, seconds, memory: fit.memory === undefined ? (peakMemory() ?? null) : fit.memory };
}

/** Returns the study with the subjects of all modalities but the first shuffled. */
function withShuffled(study: Study, seed: number): Study {
  const { dataset } = study;
  const shuffled = dataset.modalities.reduce((one, _, m) => (m === 0 ? one : shuffleSubjects(one, m, seed)), dataset);
  return { ...study, dataset: shuffled };
}

interface Shuffled {
  readonly related: number;
  readonly pairs: number;
  readonly across: number | undefined;
}

function shuffledScores(data: ComparedData, { latents }: MethodLatents): Shuffled {
  const pairs = relations(data, latents, data.split.test);
  const { across } = explained(data, latents);
  return {
    related: pairs.filter(({ p }) => p < RELATED).length,
    pairs: pairs.length,
    across: meanShare(across, data)?.r2,
  };
}

function summed(nulls: readonly Shuffled[]): NonNullable<ComparedMethod['shuffled']> {
  const across = nulls.flatMap((one) => one.across ?? []);
  return {
    related: nulls.reduce((sum, { related }) => sum + related, 0),
    pairs: nulls.reduce((sum, { pairs }) => sum + pairs, 0),
    across: across.length === 0 ? null : mean(across),
  };
}

function ofModalities(
  { modalities, ...data }: ComparedData,
  probes: readonly Explained[],
): ComparedMethod['modalities'] {
  const share = (kind: keyof Explained, m: number) =>
    shareOrNull(overSeeds(probes.map((one) => meanShare([one[kind][m]], { modalities, ...data }))));
  return modalities.map(({ name }, m) => ({ name, within: share('within', m), across: share('across', m) }));
}

function shareOrNull(share: WeightedShare | undefined): Share | null {
  return share ? shareOf(share) : null;
}

function difference(one: WeightedShare | undefined, other: WeightedShare | undefined): Share | null {
  return one && other ? differenceOf(one, other) : null;
}

type TruthFigures = NonNullable<ComparedMethod['truth']>;

function meanTruth(scores: readonly TruthFigures[]): TruthFigures {
  const over = (of: (one: TruthFigures) => number) => mean(scores.map(of));
  return {
    mcc: over(({ mcc }) => mcc),
    chance: over(({ chance }) => chance),
    corrected: scores[0].corrected === null ? null : over(({ corrected }) => corrected!),
    r2: over(({ r2 }) => r2),
    shd: scores[0].shd === null ? null : over(({ shd }) => shd!),
    shdChance: scores[0].shdChance === null ? null : over(({ shdChance }) => shdChance!),
  };
}

function warningsOf({ split, modalities, groups }: ComparedData, methods: readonly ComparedMethod[]): string[] {
  const units = groups ? new Set(Array.from(split.test, (row) => groups[row])).size : split.test.length;
  const few =
    units < MIN_HELD_OUT
      ? [
          `Only ${units} ${groups ? 'groups' : 'subjects'} are held out, so the figures vary by chance. Use more ` +
            'subjects, or a larger split.test.',
        ]
      : [];
  const wanted = new Map(modalities.map(({ name, latents }) => [name, latents]));
  const unequal = methods.flatMap(({ name, latents }) =>
    Object.entries(latents).flatMap(([modality, count]) =>
      count === wanted.get(modality)
        ? []
        : [
            `${name} has ${count} latents of ${modality}, the study ${wanted.get(modality)}. More latents explain ` +
              'more.',
          ],
    ),
  );
  const leaking = methods.flatMap(({ name, shuffled }) =>
    shuffled && isLeaking(shuffled)
      ? [
          `${name} relates ${shuffled.related} of ${shuffled.pairs} pairs of shuffled modalities. Its latents of a ` +
            'modality seem to read other modalities, so its figures across modalities mean nothing.',
        ]
      : [],
  );
  return [...few, ...unequal, ...leaking];
}

/** True if more shuffled pairs are related than chance explains: a binomial tail below 0.001. */
function isLeaking({ related, pairs }: { readonly related: number; readonly pairs: number }): boolean {
  let [term, below] = [(1 - RELATED) ** pairs, 0];
  for (let k = 0; k < related; k++) {
    below += term;
    term *= ((pairs - k) / (k + 1)) * (RELATED / (1 - RELATED));
  }
  return 1 - below < 0.001;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function maxOrNull(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}
