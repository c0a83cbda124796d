// Linear and residual subspaces, as parameters of the model of the network's subspaces. Linear subspaces are the k
// numbers of a modality that predict all other modalities best in a reduced-rank ridge regression. Residual subspaces
// add a small network, which starts at zero. With many columns or few subjects a network overfits; linear subspaces
// hardly can (docs/explanation/subspaces.md).

import type { Dataset } from '../data/dataset.js';
import type { ParameterValues } from '../inference/inference.js';
import { MultimodalModel, networkName, type ModelConfig } from '../networks/multimodal.js';
import type { LayerValues } from '../nn/linear-layers.js';
import { nextTurn } from '../threads/next-turn.js';
import { linearNetworks, type LinearNetworks } from './linear-networks.js';
import { linearStart, type LinearStart } from './linear-start.js';
import { restartSeed } from './stage.js';

/**
 * Returns linear subspaces as parameters of the subspaces' model, `[1, …]` each; undefined if there is no
 * `linearStart`. Parameters of the prior have initial values.
 * @param config settings of that model
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
  /** Initial values by modality. */
  readonly start: readonly LinearStart[];
  /** By modality, the network that is added to the linear map; undefined for none. */
  readonly residual?: readonly (readonly LayerValues[])[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Returns linear or residual subspaces as parameters of the subspaces' model, `[1, …]` each. Parameters of the prior
 * have initial values.
 * @param config settings of that model
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
  const initial = model.parameters.initialValues([restartSeed(seed, 0)]);
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
