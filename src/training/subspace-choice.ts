// Which subspaces the components are looked for in: those of the network or the linear ones, by validation subjects.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { compareSubspaces, measuredRows, type SubspaceChoice } from '../quality/index.js';
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
 * Takes what the settings say, otherwise the better ones (`compareSubspaces`).
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
      'training.subspaces: linear needs two modalities or more, training.hidden of twice the latents and private ' +
        'noises of each, as many columns that vary as it has latents, as many in the others together, and at most ' +
        '1,000 columns in all (100 counted of each modality). Leave it out.',
      { setting: 'subspaces' },
    );
  }
  if (linear === undefined) return take({ chosen: 'network' }, network);
  const rows = measuredRows(dataset, 'validation');
  const read = (parameters: ParameterValues) =>
    withModelReader(dataset, { model, parameters }, options, async (readRows) => ({
      train: await readRows(rows.train),
      heldOut: await readRows(rows.heldOut),
    }));
  const { better, shares } = compareSubspaces(dataset, rows, [await read(network), await read(linear)]);
  signal?.throwIfAborted();
  const compared = { network: shares[0], linear: shares[1] };
  return better === 1 ? take({ chosen: 'linear', compared }, linear) : take({ chosen: 'network', compared }, network);
}
