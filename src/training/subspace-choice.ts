// Which subspaces the components are looked for in: those of the network, linear ones, or linear ones plus a network,
// as the settings say or validation subjects decide.

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
  type Candidates,
  type MeasuredRows,
  type ModelReading,
  type PerPart,
  type SubspaceChoice,
} from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import { withoutSparsity, type FitConfig } from './config.js';
import { stackRuns } from './outcome.js';
import { modalityShapes, modelConfig } from './program.js';

export interface ChosenSubspaces {
  readonly choice: SubspaceChoice;
  readonly parameters: ParameterValues;
  /** Posterior means of every subject, subjects × D. */
  readonly encoded: Float32Array;
}

/** Parameters of one restart each; left out where the settings or the data do not allow them. */
export type SubspaceCandidates = Partial<Candidates<ParameterValues>>;

/**
 * Takes what the settings say, otherwise the best ones (`compareSubspaces`).
 * @throws InputError `invalid-setting` where the settings ask for linear or residual ones and these cannot be;
 *   DeviceError; the signal's reason
 */
export async function chooseSubspaces(
  dataset: Dataset,
  config: FitConfig,
  { network, linear, residual }: SubspaceCandidates,
  { signal, ...options }: ProgramOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ChosenSubspaces> {
  const model = modelConfig(modalityShapes(dataset), withoutSparsity(config));
  const take = async (choice: SubspaceChoice, parameters: ParameterValues): Promise<ChosenSubspaces> => {
    return { choice, parameters, encoded: await encodeDataset(dataset, model, parameters, options) };
  };
  const { subspaces } = config;
  const sample = linearSample(dataset, dataset.split.train);
  if (subspaces === 'linear' || subspaces === 'residual') {
    const asked = subspaces === 'linear' ? linear : residual;
    if (asked) return take({ chosen: subspaces, ...sample }, asked);
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

function impossible(subspaces: 'linear' | 'residual'): InputError {
  const wider = subspaces === 'linear' ? '' : ' and eight units more';
  return new InputError(
    'invalid-setting',
    `training.subspaces: ${subspaces} needs two modalities or more, no column of kind size, training.hidden of ` +
      `twice the latents and private noises of each${wider}, as many columns that vary as it has latents, as many in ` +
      'the others together, and at most 1,000 columns in all (100 counted of each modality). Leave it out.',
    { setting: 'subspaces' },
  );
}

/** The candidates as restarts of one program. */
async function readAll(
  dataset: Dataset,
  rows: MeasuredRows,
  model: ModelConfig,
  candidates: Candidates<ParameterValues>,
  options: ProgramOptions,
): Promise<{ encoded: Candidates<Float32Array>; readings: Candidates<PerPart<ModelReading>> }> {
  const { network, linear, residual } = candidates;
  const models = [network, linear, ...(residual ? [residual] : [])];
  const inference = new Inference(model, models.length, stackRuns(models), options);
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
    const perCandidate = <T>(of: (run: number) => T): Candidates<T> => ({
      network: of(0),
      linear: of(1),
      ...(residual && { residual: of(2) }),
    });
    return { encoded: perCandidate((run) => encoded[run]), readings: perCandidate(readingOf) };
  } finally {
    await inference.dispose();
  }
}

function tableOf(values: Float32Array, rows: number): Samples {
  return { values, rows, columns: values.length / rows };
}
