// All settings of a fit: the study file's `training` and `sparsity`, checked again for callers of the library.

import type { z } from 'zod';
import type { Dataset } from '../data/dataset.js';
import {
  FIT_DEFAULTS,
  fitConfigSchema,
  fitLength,
  kindOfFit,
  sparsitySchema,
  trainingSchema,
  type FitConfig,
  type SparsityConfig,
} from '../study/fit-schema.js';
import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';

export type { FitConfig };

/** What `fit` accepts: any part of the settings. */
export type FitSettings = z.input<typeof trainingSchema> & { sparsity?: z.input<typeof sparsitySchema> };

/** Epochs of the polish and of the patience where the joint model has the least epochs; more have more. */
const POLISH = 8;
const PATIENCE = 20;

/** The settings of a fit to a data set. @throws what `fitConfig` throws */
export function fitConfigFor({ modalities, split }: Pick<Dataset, 'modalities' | 'split'>, settings: FitSettings) {
  return fitConfig(settings, {
    subjects: split.train.length,
    grids: modalities.some(({ grid }) => grid !== undefined),
    series: hasSeries({ modalities }),
  });
}

export function hasSeries({ modalities }: Pick<Dataset, 'modalities'>): boolean {
  return modalities.some(({ grid }) => grid?.kind === 'series');
}

/** What defaults depend on. */
export interface FitSubjects {
  /** Of the training part; left out: many. */
  readonly subjects?: number;
  /** Whether there are pictures or series; left out: none. */
  readonly grids?: boolean;
  /** Whether there are series; left out: none. */
  readonly series?: boolean;
}

/**
 * Fills in the defaults.
 * @throws InputError `invalid-setting` naming the setting, what came and what is accepted
 */
export function fitConfig(
  settings: FitSettings,
  { subjects = Infinity, grids = false, series = false }: FitSubjects = {},
): FitConfig {
  const schema = trainingSchema.extend({ sparsity: sparsitySchema.prefault({}) });
  const parsed = schema.safeParse(settings);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    if (issue.code === 'unrecognized_keys') {
      const accepted = Object.keys((issue.path.length === 0 ? schema : sparsitySchema).shape);
      const [key] = issue.keys;
      const setting = [...issue.path, key].join('.');
      const hint = didYouMean(key, accepted) || `; accepted are ${accepted.join(', ')}`;
      throw new InputError('invalid-setting', `Setting "${setting}" is unknown${hint}.`, { setting });
    }
    const setting = issue.path.join('.') || 'settings';
    throw new InputError('invalid-setting', `Setting "${setting}": ${issue.message}.`, { setting });
  }
  const { sparsity, ...training } = parsed.data;
  const jacobian = usesJacobian(sparsity);
  const fit = training.fit ?? (jacobian ? 'joint' : 'two-part');
  if (fit === 'two-part' && jacobian) {
    throw new InputError(
      'invalid-setting',
      `Setting "sparsity.kind": a two-part fit finds edges by gates; use kind gates or none, ` +
        `or fit: joint for ${sparsity.kind}.`,
      { setting: 'sparsity.kind' },
    );
  }
  if (fit === 'joint' && training.subspaces !== undefined) {
    throw new InputError('invalid-setting', 'Setting "subspaces": a joint fit has none; leave it out.', {
      setting: 'subspaces',
    });
  }
  const subspaces = training.subspaces ?? (grids && fit === 'two-part' ? 'correlation' : undefined);
  if (grids && subspaces !== 'correlation') {
    const setting = fit === 'joint' ? 'fit' : 'subspaces';
    throw new InputError(
      'invalid-setting',
      `Setting "${setting}": pictures and series need fit: two-part and subspaces: correlation; leave it out.`,
      { setting },
    );
  }
  const chosen = kindOfFit({ fit, subspaces });
  const kind = chosen === 'correlation' && series ? 'series correlation' : chosen;
  const { weight, epochs: leastEpochs, ...defaults } = FIT_DEFAULTS[kind];
  const { passes, ...length } = fitLength(subjects, kind, training.batch);
  const longer = length.epochs / leastEpochs;
  // Parsed once more, so that equal settings are equal texts whatever the order they were given in.
  return fitConfigSchema.parse({
    ...defaults,
    ...length,
    // What is given as epochs are passes.
    ...(passes > 1 && training.epochs === undefined && { passes }),
    polish: Math.round(POLISH * longer),
    patience: Math.round(PATIENCE * longer),
    ...(chosen === 'correlation' && { decoderEpochs: Math.ceil(length.epochs / (series ? 3 : 1)) }),
    ...training,
    fit,
    subspaces,
    sparsity: { weight, ...sparsity },
  });
}

export function usesGates({ kind }: Pick<SparsityConfig, 'kind'>): boolean {
  return kind === 'gates' || kind === 'both';
}

export function usesJacobian({ kind }: Pick<SparsityConfig, 'kind'>): boolean {
  return kind === 'jacobian' || kind === 'both';
}

/** The settings of a fit's subspaces: all gates open. */
export function withoutSparsity(config: FitConfig): FitConfig {
  return { ...config, sparsity: { ...config.sparsity, kind: 'none' } };
}
