// Settings that a fit with observed causes cannot have.

import { termCount } from '../data/causes.js';
import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { MAX_TERMS } from '../networks/correlation-model.js';
import { usesGates, type FitConfig } from './config.js';

/**
 * Checks that a fit can read the causes of a data set.
 * @throws InputError `invalid-setting`
 */
export function checkCauses({ causes, shared, modalities }: Dataset, { fit, sparsity, subspaces }: FitConfig): void {
  if (!causes?.length) return;
  const refuse = (setting: string, message: string): InputError =>
    new InputError('invalid-setting', message, { setting });
  if (fit === 'joint') {
    throw refuse(
      'fit',
      'Observed causes need fit: two-stage, because its second stage searches for their targets; leave fit out, or ' +
        'remove causes.',
    );
  }
  if (!usesGates(sparsity)) {
    throw refuse(
      'sparsity.kind',
      'Observed causes need sparsity.kind: gates, because the fit decides about every edge; leave sparsity.kind out, ' +
        'or remove causes.',
    );
  }
  if (sparsity.graph === 'cyclic') {
    throw refuse(
      'sparsity.graph',
      'Observed causes need a graph without cycles, because their targets are found by regressions along an order; ' +
        'use sparsity.graph: ordered or acyclic, or remove causes.',
    );
  }
  if (shared) {
    throw refuse(
      'shared',
      'Observed causes cannot act on shared latents yet; remove shared (latents that two modalities share are then ' +
        'connected by an edge), or remove causes.',
    );
  }
  const invariant = modalities.find(({ shiftInvariant }) => shiftInvariant !== undefined);
  if (invariant) {
    throw refuse(
      'shiftInvariant',
      `Modality "${invariant.name}" has shift-invariant latents, which observed causes cannot act on yet; remove ` +
        'shiftInvariant, or remove causes.',
    );
  }
  const terms = termCount(causes);
  if (subspaces === 'correlation' && terms > MAX_TERMS) {
    throw refuse(
      'causes',
      `With images, series or subspaces: correlation, observed causes have up to ${MAX_TERMS} levels and terms of ` +
        `numbers, but these have ${terms}; join levels, or leave causes out.`,
    );
  }
  const number = causes.find(({ kind, effect }) => kind !== 'categorical' && effect === 'perfect');
  if (number) {
    throw refuse(
      'causes',
      `Cause "${number.name}" is a number and cannot have effect: perfect, which gives every level a ` +
        'distribution of its latents; use effect: soft or shift, or kind: categorical.',
    );
  }
}
