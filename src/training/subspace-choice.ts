// Which subspaces the components are looked for in: those of the network, or the linear ones where these say more of
// the columns of validation subjects.

import type { Dataset } from '../data/dataset.js';
import { encodeDataset } from '../inference/encode-dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { heldOutShares, measuredRows, type HeldOutShares, type SubspaceChoice } from '../quality/index.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { FitConfig } from './config.js';
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
 * Takes what has the larger sum over modalities of R² of their own columns and of the others'. What is shared does not
 * decide alone: a linear read-out favours linear numbers, and a network that is right rebuilds its own columns better.
 * @param network parameters of one run
 * @throws DeviceError; the signal's reason
 */
export async function chooseSubspaces(
  dataset: Dataset,
  config: FitConfig,
  network: ParameterValues,
  { signal, ...options }: ProgramOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ChosenSubspaces> {
  const model = modelConfig(modalityShapes(dataset), {
    ...config,
    sparsity: { ...config.sparsity, kind: 'none' as const },
  });
  const rows = measuredRows(dataset, 'validation');
  const sharesOf = (parameters: ParameterValues) =>
    withModelReader(dataset, { model, parameters }, options, async (read) =>
      heldOutShares(dataset, rows, { train: await read(rows.train), heldOut: await read(rows.heldOut) }),
    );
  const linear = await linearSubspaces(dataset, model, config.seed, signal);
  const shares = { network: await sharesOf(network), ...(linear && { linear: await sharesOf(linear) }) };
  const isBetter = shares.linear !== undefined && total(shares.linear) > total(shares.network);
  const parameters = isBetter ? linear! : network;
  return {
    choice: { chosen: isBetter ? 'linear' : 'network', ...shares },
    parameters,
    encoded: await encodeDataset(dataset, model, parameters, options),
  };
}

function total(shares: readonly HeldOutShares[]): number {
  return shares.reduce((sum, { own, others }) => sum + (own ?? 0) + (others ?? 0), 0);
}
