// A fitted model with some latents turned: −z stands where z stood, in the weights themselves, so that no reader of a
// RUN needs to know of it. Every network around a latent begins or ends with a linear layer, and both flows are closed
// under a change of sign: nothing but signs of weights changes.

import { componentMapPlace } from '../models/component-map.js';
import { invariantEncoderName, latentCounts, latentEncoderName } from '../models/latent-encoders.js';
import { flowOf } from '../models/latent-prior.js';
import { latentLayout, type ModalityGroup } from '../models/layout.js';
import { networkName, type ModelConfig } from '../models/multimodal.js';
import { blockPositions } from '../models/shared-block.js';
import type { ParameterValues } from '../inference/inference.js';

/** Position along each axis of a parameter; undefined: all of them. */
type Place = readonly (number | undefined)[];

/**
 * The same density and the same reconstructions from −z where `turned` says so. Parameters of the inference of missing
 * latents (`missing.*`) stay as they are: they are trained afterwards.
 * @param parameters of one run
 * @param turned by latent of the modalities, D; copies of a shared latent alike
 */
export function flipLatents(
  config: ModelConfig,
  parameters: ParameterValues,
  turned: readonly boolean[],
): ParameterValues {
  const changed = new Map(parameters);
  const negate = (name: string, place: Place): void => {
    const { shape, values } = changed.get(name)!;
    const own = values === parameters.get(name)!.values ? values.slice() : values;
    negateAt(own, shape, place);
    changed.set(name, { shape, values: own });
  };
  const layout = latentLayout(config.modalities);
  const positions = blockPositions(layout, config.shared);
  const { locations } = flowOf(config);
  const inPrior = new Set(positions.filter((_, latent) => turned[latent]));
  for (const latent of inPrior) {
    // As a parent: the conditioners' first layer; as a child: the locations that its own conditioner says.
    negate('flow.0.weight', [0, undefined, undefined, latent]);
    for (let row = locations.from; row < locations.to; row++) {
      negate('flow.2.weight', [0, latent, row]);
      negate('flow.2.bias', [0, latent, row]);
    }
  }
  layout.groups.forEach((group, g) => {
    group.members.forEach((modality, member) => {
      for (let k = 0; k < group.latents; k++) {
        if (!turned[layout.offsets[modality] + k]) continue;
        if (config.componentMap > 0) {
          const { rotation, shift, position } = componentMapPlace(layout, modality);
          negate(rotation, [0, position, k]);
          negate(shift, [0, position, k]);
          continue;
        }
        const { name, row } = encoderOf(config, group, { g, groups: layout.groups.length, k });
        const last = lastLayer(parameters, name);
        negate(`${name}.${last}.weight`, [0, member, row]);
        negate(`${name}.${last}.bias`, [0, member, row]);
        negate(`${networkName('decoder', g, layout.groups.length)}.0.weight`, [0, member, undefined, k]);
      }
    });
  });
  return changed;
}

interface LatentOfGroup {
  readonly g: number;
  readonly groups: number;
  /** Position in the modality. */
  readonly k: number;
}

/** The network whose last layer says a latent's mean, and in which row. */
function encoderOf(config: ModelConfig, group: ModalityGroup, { g, groups, k }: LatentOfGroup) {
  if (!config.latentEncoders) return { name: networkName('encoder', g, groups), row: k };
  const { plain } = latentCounts(group);
  return k < plain ? { name: latentEncoderName(g), row: k } : { name: invariantEncoderName(g), row: k - plain };
}

function lastLayer(parameters: ParameterValues, name: string): number {
  let last = 0;
  while (parameters.has(`${name}.${last + 1}.weight`)) last++;
  return last;
}

function negateAt(values: Float32Array, shape: readonly number[], place: Place): void {
  const visit = (axis: number, offset: number): void => {
    if (axis === shape.length) {
      values[offset] = 0 - values[offset];
      return;
    }
    const at = place.at(axis);
    const [from, to] = at === undefined ? [0, shape[axis]] : [at, at + 1];
    for (let i = from; i < to; i++) visit(axis + 1, offset * shape[axis] + i);
  };
  visit(0, 0);
}
