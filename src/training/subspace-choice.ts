// Chooses the subspaces in which components are searched: those of the network, linear ones, or residual ones (linear
// plus a network). Settings or validation subjects decide.

import type { Dataset } from '../data/dataset.js';
import { InputError } from '../errors/errors.js';
import { encodeDataset, Inference, type ParameterValues } from '../inference/inference.js';
import { block, selectRows as selectSamples, type Samples } from '../metrics/index.js';
import type { ModelConfig } from '../networks/multimodal.js';
import {
  compareSubspaces,
  linearSample,
  measuredRows,
  needsNoNetwork,
  type Candidates,
  type MeasuredRows,
  type ModelReading,
  type PerSplit,
  type SubspaceChoice,
} from '../quality/index.js';
import type { Compute, ProgramOptions } from '../runtime/program.js';
import type { FitConfig } from './config.js';
import { stackRuns } from './outcome.js';
import { subspaceModel } from './model-config.js';

export interface ChosenSubspaces {
  readonly choice: SubspaceChoice;
  readonly parameters: ParameterValues;
  /** Posterior means of every subject, subjects × D. */
  readonly encoded: Float32Array;
}

/** Parameters of one restart each; undefined if the settings or the data do not allow them. */
export type SubspaceCandidates = Partial<Candidates<ParameterValues>>;

/**
 * Chooses the subspaces of the settings or, without a setting, the best ones (`compareSubspaces`).
 * @throws InputError `invalid-setting` if the settings require linear or residual subspaces and these are impossible;
 *   DeviceError; the signal's reason
 */
export async function chooseSubspaces(
  dataset: Dataset,
  config: FitConfig,
  { network, linear, residual }: SubspaceCandidates,
  { signal, ...options }: Compute,
): Promise<ChosenSubspaces> {
  const model = subspaceModel(dataset, config);
  const take = async (choice: SubspaceChoice, parameters: ParameterValues): Promise<ChosenSubspaces> => {
    return { choice, parameters, encoded: await encodeDataset(dataset, model, parameters, options) };
  };
  const { subspaces } = config;
  const sample = linearSample(dataset, dataset.split.train);
  if (subspaces === 'linear' || subspaces === 'residual') {
    const requested = subspaces === 'linear' ? linear : residual;
    if (requested) return take({ chosen: subspaces, ...sample }, requested);
    throw impossible(subspaces);
  }
  if (subspaces !== undefined) return take({ chosen: subspaces }, network!);
  if (linear === undefined) return take({ chosen: 'network' }, network!);
  const rows = measuredRows(dataset, 'validation');
  const candidates = { network: network!, linear, ...(residual && { residual }) };
  const { encoded, readings } = await readAll(dataset, rows, model, candidates, options);
  signal?.throwIfAborted();
  const { chosen, compared } = compareSubspaces(dataset, rows, readings);
  return { choice: { chosen, ...sample, compared }, parameters: candidates[chosen]!, encoded: encoded[chosen]! };
}

/**
 * Returns linear subspaces if no network could win against them, so that none needs training; otherwise undefined. Only
 * in studies with observed causes.
 */
export async function straightSubspaces(
  dataset: Dataset,
  config: FitConfig,
  linear: ParameterValues,
  { signal, ...options }: Compute,
): Promise<ChosenSubspaces | undefined> {
  const rows = measuredRows(dataset, 'validation');
  const { encoded, readings } = await readAll(dataset, rows, subspaceModel(dataset, config), { linear }, options);
  signal?.throwIfAborted();
  if (!needsNoNetwork(dataset, rows, readings.linear)) return undefined;
  const choice: SubspaceChoice = { chosen: 'linear', ...linearSample(dataset, dataset.split.train) };
  return { choice, parameters: linear, encoded: encoded.linear };
}

function impossible(subspaces: 'linear' | 'residual'): InputError {
  const wider = subspaces === 'linear' ? '' : ' plus eight units';
  return new InputError(
    'invalid-setting',
    `training.subspaces: ${subspaces} needs at least two modalities and no column of kind size. It needs ` +
      `training.hidden of at least twice the latents and private noises of each modality${wider}. Each modality, and ` +
      'the other ones together, need at least one varying column per latent. At most 1,000 columns are possible in ' +
      'total (at most 100 of each modality count). Leave the setting out.',
    { setting: 'subspaces' },
  );
}

/** Values of the candidates that there are. */
type PerCandidate<Of, T> = { [Name in keyof Of]: T };

/** Reads latents and reconstructions of the candidates, as runs of one program. */
async function readAll<Of extends SubspaceCandidates>(
  dataset: Dataset,
  rows: MeasuredRows,
  model: ModelConfig,
  candidates: Of,
  options: ProgramOptions,
): Promise<{ encoded: PerCandidate<Of, Float32Array>; readings: PerCandidate<Of, PerSplit<ModelReading>> }> {
  const all: SubspaceCandidates = candidates;
  const names = (['network', 'linear', 'residual'] as const).filter((name) => all[name] !== undefined);
  const models = names.map((name) => all[name]!);
  const inference = new Inference(model, models.length, stackRuns(models), options);
  try {
    const subjects = dataset.ids.length;
    const encoded = await inference.encode(dataset.modalities, subjects);
    const measured = Int32Array.from([...rows.train, ...rows.heldOut]);
    const rebuilt = await inference.reconstruct(dataset.modalities, measured);
    const readingOf = (run: number): PerSplit<ModelReading> => {
      const latents = tableOf(encoded[run], subjects);
      const reconstruction = tableOf(rebuilt[run], measured.length);
      const ofSplit = (part: Int32Array, from: number): ModelReading => ({
        latents: selectSamples(latents, part),
        reconstruction: block(reconstruction, 0, reconstruction.columns, from, from + part.length),
      });
      return { train: ofSplit(rows.train, 0), heldOut: ofSplit(rows.heldOut, rows.train.length) };
    };
    const perCandidate = <T>(of: (run: number) => T) =>
      Object.fromEntries(names.map((name, run) => [name, of(run)])) as PerCandidate<Of, T>;
    return { encoded: perCandidate((run) => encoded[run]), readings: perCandidate(readingOf) };
  } finally {
    await inference.dispose();
  }
}

function tableOf(values: Float32Array, rows: number): Samples {
  return { values, rows, columns: values.length / rows };
}
