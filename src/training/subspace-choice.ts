// Which subspaces the components are looked for in: those of the network or the linear ones, by validation subjects.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import { Inference, type ParameterValues } from '../inference/inference.js';
import { block, selectRows as selectSamples, type Samples } from '../metrics/index.js';
import type { ModelConfig } from '../models/multimodal.js';
import {
  compareSubspaces,
  linearSample,
  measuredRows,
  type MeasuredRows,
  type ModelReading,
  type PerPart,
  type SubspaceChoice,
} from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { withoutSparsity, type FitConfig } from './config.js';
import { linearSubspaces } from './linear-subspaces.js';
import { stackRuns } from './outcome.js';
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
  const { subspaces } = config;
  if (network && subspaces !== undefined && subspaces !== 'linear') return take({ chosen: subspaces }, network);
  const linear = await linearSubspaces(dataset, model, config.seed, signal);
  if (network === undefined) {
    if (linear) return take({ chosen: 'linear', ...linearSample(dataset, dataset.split.train) }, linear);
    throw new InputError(
      'invalid-setting',
      'training.subspaces: linear needs two modalities or more, gaussian columns throughout, training.hidden of ' +
        'twice the latents and private noises of each, as many columns that vary as it has latents, as many in the ' +
        'others together, and at most 1,000 columns in all (100 counted of each modality). Leave it out.',
      { setting: 'subspaces' },
    );
  }
  if (linear === undefined) return take({ chosen: 'network' }, network);
  const rows = measuredRows(dataset, 'validation');
  const { encoded, readings } = await readBoth(dataset, rows, model, [network, linear], options);
  signal?.throwIfAborted();
  const { better, shares } = compareSubspaces(dataset, rows, readings);
  const compared = { network: shares[0], linear: shares[1] };
  const sample = linearSample(dataset, dataset.split.train);
  const choice: SubspaceChoice = { chosen: better === 1 ? 'linear' : 'network', ...sample, compared };
  return { choice, parameters: better === 1 ? linear : network, encoded: encoded[better] };
}

/** Two models as two runs of one program. */
async function readBoth(
  dataset: Dataset,
  rows: MeasuredRows,
  model: ModelConfig,
  models: readonly [ParameterValues, ParameterValues],
  options: ProgramOptions,
) {
  const inference = new Inference(model, 2, stackRuns(models), options);
  try {
    const all = dataset.ids.length;
    const encoded = await inference.encode(dataset.modalities, all);
    const measured = Int32Array.from([...rows.train, ...rows.heldOut]);
    const rebuilt = await inference.reconstruct(dataset.modalities, measured);
    const readingOf = (run: number): PerPart<ModelReading> => {
      const latents = tableOf(encoded[run], all);
      const reconstruction = tableOf(rebuilt[run], measured.length);
      const part = (own: Int32Array, from: number): ModelReading => ({
        latents: selectSamples(latents, own),
        reconstruction: block(reconstruction, 0, reconstruction.columns, from, from + own.length),
      });
      return { train: part(rows.train, 0), heldOut: part(rows.heldOut, rows.train.length) };
    };
    return { encoded, readings: [readingOf(0), readingOf(1)] as const };
  } finally {
    await inference.dispose();
  }
}

function tableOf(values: Float32Array, rows: number): Samples {
  return { values, rows, columns: values.length / rows };
}
