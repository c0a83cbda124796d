// Changes the sign of some latents of a fitted model, in the weights themselves, so that readers of a RUN folder need
// not know about it. Every network around a latent begins or ends with a linear layer, and both flows are closed under
// a change of sign. So only signs of weights change.

import { CAUSE_MARGINAL, CAUSE_SHIFT } from '../networks/cause-effects.js';
import { componentMapPlace } from '../networks/component-map.js';
import { invariantEncoderName, latentCounts, latentEncoderName } from '../networks/latent-encoders.js';
import { flowOf } from '../networks/latent-prior.js';
import { latentLayout, type ModalityGroup } from '../networks/layout.js';
import { networkName, type ModelConfig } from '../networks/multimodal.js';
import { blockPositions } from '../networks/shared-block.js';
import type { ParameterValues } from '../inference/inference.js';

/** Position along each axis of a parameter; undefined for all positions. */
type Place = readonly (number | undefined)[];

/**
 * Returns parameters with the same density and the same reconstructions from −z, for the latents in `turned`.
 * Parameters that infer missing latents (`missing.*`) do not change: they are trained afterwards.
 * @param parameters parameters of one restart
 * @param turned by latent of the modalities, D; equal for all copies of a shared latent
 */
export function flipLatents(
  config: ModelConfig,
  parameters: ParameterValues,
  turned: readonly boolean[],
): ParameterValues {
  const changed = new Map(parameters);
  const negate = (name: string, place: Place): void => {
    const { shape, values } = changed.get(name)!;
    const copy = values === parameters.get(name)!.values ? values.slice() : values;
    negateAt(copy, shape, place);
    changed.set(name, { shape, values: copy });
  };
  const layout = latentLayout(config.modalities);
  const positions = blockPositions(layout, config.shared);
  const { locations } = flowOf(config);
  const inPrior = new Set(positions.filter((_, latent) => turned[latent]));
  for (const latent of inPrior) {
    // As a parent, the latent enters the conditioners' first layer. As a child, its conditioner outputs its locations.
    negate('flow.0.weight', [0, undefined, undefined, latent]);
    for (let row = locations.from; row < locations.to; row++) {
      negate('flow.2.weight', [0, latent, row]);
      negate('flow.2.bias', [0, latent, row]);
      if (parameters.has(CAUSE_MARGINAL)) negate(CAUSE_MARGINAL, [0, latent, row]);
    }
    if (parameters.has(CAUSE_SHIFT)) negate(CAUSE_SHIFT, [0, latent]);
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

/** Returns the network whose last layer outputs a latent's mean, and the row of that output. */
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
