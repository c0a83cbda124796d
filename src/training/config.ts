// All settings of a fit: the study file's `training` and `sparsity`, checked again for callers of the library.

import type { z } from 'zod';
import { sparsitySchema, trainingSchema, type SparsityConfig, type TrainingConfig } from '../data/fit-schema.js';
import { InputError } from '../errors.js';

/** All settings of a fit. */
export interface FitConfig extends TrainingConfig {
  readonly sparsity: SparsityConfig;
}

/** What `fit` accepts: any part of the settings. */
export type FitSettings = Partial<z.input<typeof trainingSchema>> & { sparsity?: z.input<typeof sparsitySchema> };

/**
 * Fills in the defaults.
 * @throws InputError `invalid-setting` naming the setting, what came and what is accepted
 */
export function fitConfig(settings: FitSettings): FitConfig {
  const parsed = trainingSchema.extend({ sparsity: sparsitySchema.prefault({}) }).safeParse(settings);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const name = issue.path.join('.') || (issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : 'settings');
  throw new InputError('invalid-setting', `Setting "${name}": ${issue.message}.`, { setting: name });
}

export function usesGates(sparsity: SparsityConfig): boolean {
  return sparsity.kind === 'gates' || sparsity.kind === 'both';
}

export function usesJacobian(sparsity: SparsityConfig): boolean {
  return sparsity.kind === 'jacobian' || sparsity.kind === 'both';
}
