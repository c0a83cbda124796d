// All settings of a fit: `training` and `sparsity` of the study file, checked again for callers of the library.

import type { z } from 'zod';
import type { Dataset } from '../data/dataset.js';
import { ARRAY_KINDS, ARRAY_PLURALS } from '../data/regular-array.js';
import {
  FIT_DEFAULTS,
  fitConfigSchema,
  fitLength,
  kindOfFit,
  sparsitySchema,
  trainingSchema,
  type FitConfig,
  type SparsityConfig,
} from './fit-schema.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';

export type { FitConfig };

/** Settings that `fit` accepts, all of them optional. */
export type FitSettings = z.input<typeof trainingSchema> & { sparsity?: z.input<typeof sparsitySchema> };

/** Epochs of the polish and of the patience if the joint model has its minimum number of epochs. They grow with it. */
const POLISH = 8;
const POLISH_WITH_CAUSES = 120;
const PATIENCE = 20;

/** Returns the settings of a fit to a data set. @throws what `fitConfig` throws */
export function fitConfigFor(
  { modalities, split, causes }: Pick<Dataset, 'modalities' | 'split' | 'causes'>,
  settings: FitSettings,
) {
  return fitConfig(settings, {
    subjects: split.train.length,
    regularArrays: modalities.some(({ regularArray }) => regularArray !== undefined),
    series: hasSeries({ modalities }),
    causes: (causes?.length ?? 0) > 0,
  });
}

export function hasSeries({ modalities }: Pick<Dataset, 'modalities'>): boolean {
  return modalities.some(({ regularArray }) => regularArray && ARRAY_KINDS[regularArray.kind].isTemporal);
}

/** Properties of a data set on which defaults depend. */
export interface FitSubjects {
  /** Number of training subjects; undefined for many. */
  readonly subjects?: number;
  /** True if there are images or series. Default: false. */
  readonly regularArrays?: boolean;
  /** True if there are series. Default: false. */
  readonly series?: boolean;
  /** True if there are observed causes. Default: false. */
  readonly causes?: boolean;
}

/**
 * Returns the settings with all defaults.
 * @throws InputError `invalid-setting`, which names the setting, its value and the accepted values
 */
export function fitConfig(
  settings: FitSettings,
  { subjects = Infinity, regularArrays = false, series = false, causes = false }: FitSubjects = {},
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
  const fit = training.fit ?? (jacobian ? 'joint' : 'two-stage');
  if (fit === 'two-stage' && jacobian) {
    throw new InputError(
      'invalid-setting',
      `Setting "sparsity.kind": a two-stage fit finds edges by gates; use gates or none, or fit: joint for ` +
        `${sparsity.kind}.`,
      { setting: 'sparsity.kind' },
    );
  }
  if (fit === 'joint' && training.subspaces !== undefined) {
    throw new InputError('invalid-setting', 'Setting "subspaces": a joint fit has no subspaces; leave it out.', {
      setting: 'subspaces',
    });
  }
  const subspaces = training.subspaces ?? (regularArrays && fit === 'two-stage' ? 'correlation' : undefined);
  if (regularArrays && subspaces !== 'correlation') {
    const setting = fit === 'joint' ? 'fit' : 'subspaces';
    throw new InputError(
      'invalid-setting',
      `Setting "${setting}": ${ARRAY_PLURALS} need fit: two-stage and subspaces: correlation; leave it out.`,
      { setting },
    );
  }
  const chosen = kindOfFit({ fit, subspaces });
  const kind = chosen === 'correlation' && series ? 'series correlation' : chosen;
  const { weight, epochs: minEpochs, ...defaults } = FIT_DEFAULTS[kind];
  const { passes, ...length } = fitLength(subjects, kind, training.batch);
  const longer = length.epochs / minEpochs;
  // The settings are parsed again, so that equal settings have equal JSON, in whatever order they were passed.
  return fitConfigSchema.parse({
    ...defaults,
    ...length,
    // A number of epochs in the settings means passes.
    ...(passes > 1 && training.epochs === undefined && { passes }),
    polish: Math.round((causes ? POLISH_WITH_CAUSES : POLISH) * longer),
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

/** Returns the settings of a fit's subspaces, with all gates open. */
export function withoutSparsity(config: FitConfig): FitConfig {
  return { ...config, sparsity: { ...config.sparsity, kind: 'none' } };
}
