// The rivals of a network's subspaces, as parameters of its model. Linear ones are the k numbers of a modality that
// predict all other modalities best in a reduced-rank ridge regression; residual ones add a small network to them,
// which starts at zero. Where columns are many or subjects few, a network learns its subjects by heart; linear
// subspaces hardly can (docs/method.md).

import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { MultimodalModel, networkName, type ModelConfig } from '../models/multimodal.js';
import type { LayerValues } from '../nn/linear-layers.js';
import { nextTurn } from '../threads/next-turn.js';
import { linearNetworks, type LinearNetworks } from './linear-networks.js';
import { linearStart, type LinearStart } from './linear-start.js';
import { runSeed } from './part.js';

/**
 * Linear subspaces as parameters of the subspaces' model, `[1, …]` each; those of its prior are initial values.
 * @param config of that model
 * @returns undefined where there is no `linearStart`
 * @throws the signal's reason
 */
export async function linearSubspaces(
  dataset: Dataset,
  config: ModelConfig,
  seed: number,
  signal?: AbortSignal,
): Promise<ParameterValues | undefined> {
  const start = await linearStart(dataset, config, signal);
  return start && subspaceParameters(dataset, config, seed, { start, signal });
}

export interface SubspaceSource {
  /** By modality. */
  readonly start: readonly LinearStart[];
  /** By modality, the network that is added to the linear map; left out: none. */
  readonly residual?: readonly (readonly LayerValues[])[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Linear or residual subspaces as parameters of the subspaces' model, `[1, …]` each; those of its prior are initial
 * values.
 * @param config of that model
 * @throws the signal's reason
 */
export async function subspaceParameters(
  { modalities }: Pick<Dataset, 'modalities'>,
  config: ModelConfig,
  seed: number,
  { start, residual, signal }: SubspaceSource,
): Promise<ParameterValues> {
  const networks: LinearNetworks[] = [];
  for (const [m, modality] of modalities.entries()) {
    await nextTurn();
    signal?.throwIfAborted();
    networks.push(linearNetworks(modality, start[m], residual?.[m], config.hidden));
  }
  const model = new MultimodalModel(config, 1);
  const initial = model.parameters.initialValues([runSeed(seed, 0)]);
  const parameters = new Map(
    model.parameters.all
      .filter(({ name }) => !name.startsWith('crossPrediction'))
      .map(({ name, shape }) => [name, { shape, values: initial.get(name)! }]),
  );
  const { groups } = model.layout;
  for (const [g, { members }] of groups.entries()) {
    for (const kind of ['encoder', 'decoder'] as const) {
      members.forEach((m, position) => {
        networks[m][kind].forEach((layer, i) => {
          for (const part of ['weight', 'bias'] as const) {
            const { values } = parameters.get(`${networkName(kind, g, groups.length)}.${i}.${part}`)!;
            values.set(layer[part], position * layer[part].length);
          }
        });
      });
    }
  }
  return parameters;
}
