// Augmentation of images and series: in training, encoders see each subject changed at random, differently in every
// step. Latents then do not depend on how a subject was lit, framed or scaled. Subjects are not changed when they are
// encoded outside training.

import { isTemporal } from '../data/observation.js';
import { add, broadcastTo, constant, moveImages, mul, reshape, slice, sub, type Node } from '../graph/index.js';
import { mapSize } from './convolution-network.js';
import type { NoiseSource } from './latent-prior.js';
import type { ModalityGroup } from './layout.js';
import type { Observed } from './observation-network.js';

/** Deviation of each channel, relative to the change that all channels share. */
const CHANNEL_SHARE = 0.5;
/**
 * Standard deviation of the noise on every value of a series, in units of its channel's, whatever the study sets.
 * Without it encoders memorise thousands of subjects.
 */
const SERIES_NOISE = 0.4;

/**
 * Returns a mini-batch of one group, changed at random.
 * @param x mini-batch of the group
 * @param runs number of runs, which differ in their draws
 * @param g number of the group, which names its draws
 */
export function augmented(group: ModalityGroup, x: Observed, noise: NoiseSource, runs: number, g: number): Observed {
  const { flip = false, shift = 0, brightness = 0, contrast = 0 } = group.observation.augment ?? {};
  let changed = x;
  const [, members, , batch] = x.values.shape;
  if (flip || shift > 0) {
    const { size } = mapSize(group.observation);
    const [down, right] = size.map((extent) => (extent === 1 ? 0 : shift + 1));
    const maxMove = constant([flip ? 1 : 0, down, right], [1, 1, 3, 1]);
    const moves = mul(around0(noise.uniform(`moved.g${g}`, [runs, members, 3, batch])), maxMove);
    changed = movedBy(group, changed, moves);
  }
  if (brightness > 0 || contrast > 0) {
    const { channels } = mapSize(group.observation);
    const draws = around0(noise.uniform(`lit.g${g}`, [runs, members, 2 * (channels + 1), 1, batch]));
    const perChannel = (first: number, max: number): Node => {
      const all = slice(draws, 2, first, first + 1);
      const each = slice(draws, 2, first + 1, first + 1 + channels);
      return mul(add(all, mul(each, CHANNEL_SHARE)), max);
    };
    const factor = add(perChannel(0, contrast), 1);
    const offset = perChannel(channels + 1, brightness);
    const { shape } = changed.values;
    const values = reshape(changed.values, [shape[0], members, channels, shape[2] / channels, batch]);
    const lit = reshape(add(mul(values, factor), offset), [runs, ...shape.slice(1)]);
    changed = { ...changed, values: changed.observed ? mul(lit, changed.observed) : lit };
  }
  if (isTemporal(group.observation)) {
    const seriesNoise = mul(noise.normal(`series.g${g}`, [runs, ...x.values.shape.slice(1)]), SERIES_NOISE);
    changed = {
      ...changed,
      values: add(changed.values, changed.observed ? mul(seriesNoise, changed.observed) : seriesNoise),
    };
  }
  if (!changed.observed || changed.values.shape[0] === changed.observed.shape[0]) return changed;
  return { ...changed, observed: broadcastTo(changed.observed, changed.values.shape) };
}

/** Maps (0, 1) to (−1, 1). */
function around0(uniform: Node): Node {
  return sub(mul(uniform, 2), 1);
}

/**
 * Moves the image of every subject together with its mask. Pixels that leave at one edge enter at the opposite edge.
 * @param moves `[runs or 1, members or 1, 3, batch]`, see `moveImages`
 */
export function movedBy(
  { observation }: ModalityGroup,
  { values, observed, present }: Observed,
  moves: Node,
): Observed {
  const { channels, size } = mapSize(observation);
  const move = (node: Node): Node => {
    const [runs, members, , batch] = node.shape;
    const image = moveImages(reshape(node, [runs, members, channels, ...size, batch]), moves, { edge: 'wrap' });
    return reshape(image, [...image.shape.slice(0, 2), node.shape[2], batch]);
  };
  return { values: move(values), observed: observed && move(observed), present };
}
