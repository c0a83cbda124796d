// Which subspaces the components are looked for in: those of the network, or the linear ones where these say more of
// the columns of validation subjects.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { heldOutShares, measuredRows, type HeldOutShares, type SubspaceChoice } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { withoutSparsity, type FitConfig } from './config.js';
import { linearSubspaces } from './linear-subspaces.js';
import { withModelReader } from './model-reader.js';
import { modalityShapes, modelConfig } from './program.js';

export interface ChosenSubspaces {
  readonly choice: SubspaceChoice;
  readonly parameters: ParameterValues;
  /** Posterior means of every subject, subjects × D. */
  readonly encoded: Float32Array;
}

/**
 * Takes what the settings say; otherwise what has the larger sum over modalities of R² of their own columns and of the
 * others'. What is shared does not decide alone: a linear read-out favours linear numbers, and a network that is right
 * rebuilds its own columns better.
 * @param network parameters of one run; left out where the settings ask for linear ones
 * @throws InputError `invalid-setting` where linear ones are asked for and cannot be; DeviceError; the signal's reason
 */
export async function chooseSubspaces(
  dataset: Dataset,
  config: FitConfig,
  network: ParameterValues | undefined,
  { signal, ...options }: ProgramOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ChosenSubspaces> {
  const model = modelConfig(modalityShapes(dataset), withoutSparsity(config));
  const take = async (choice: SubspaceChoice, parameters: ParameterValues): Promise<ChosenSubspaces> => {
    return { choice, parameters, encoded: await encodeDataset(dataset, model, parameters, options) };
  };
  if (network && config.subspaces === 'network') return take({ chosen: 'network' }, network);
  const linear = await linearSubspaces(dataset, model, config.seed, signal);
  if (network === undefined) {
    if (linear) return take({ chosen: 'linear' }, linear);
    throw new InputError(
      'invalid-setting',
      'training.subspaces: linear needs two modalities or more, hidden units for two times the latents of each, and ' +
        'as many columns that vary in all others together. Leave it out.',
      { setting: 'subspaces' },
    );
  }
  if (linear === undefined) return take({ chosen: 'network' }, network);
  const rows = measuredRows(dataset, 'validation');
  const sharesOf = (parameters: ParameterValues) =>
    withModelReader(dataset, { model, parameters }, options, async (read) =>
      heldOutShares(dataset, rows, { train: await read(rows.train), heldOut: await read(rows.heldOut) }),
    );
  const compared = { network: await sharesOf(network), linear: await sharesOf(linear) };
  return total(compared.linear) > total(compared.network)
    ? take({ chosen: 'linear', compared }, linear)
    : take({ chosen: 'network', compared }, network);
}

function total(shares: readonly HeldOutShares[]): number {
  return shares.reduce((sum, { own, others }) => sum + (own ?? 0) + (others ?? 0), 0);
}
