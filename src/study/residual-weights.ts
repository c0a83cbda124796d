// Weights of a residual network from a file of safetensors, under the names that torchvision gave them. Every batch
// norm is folded into the convolution before it: w · γ / √(σ² + ε) and β − μ · γ / √(σ² + ε).

import { createHash } from 'node:crypto';
import type { ColumnScale } from '../data/dataset.js';
import type { NetworkWeights } from '../data/network.js';
import { InputError } from '../errors.js';
import { readBytes } from '../files/bytes.js';
import { decodeSafetensors, type Tensor } from '../files/safetensors.js';
import {
  RESIDUAL_WIDTHS,
  residualConvolutions,
  STEM_TAPS,
  STEMS,
  type FoldedConvolution,
  type Stem,
} from '../nn/residual.js';

/** Once, not looked up for every value. */
const { isFinite } = Number;
/** Of PyTorch's batch norm. */
const EPSILON = 1e-5;
/** Mean and standard deviation of red, green and blue that ImageNet's networks were trained with, of levels 0 to 1. */
const IMAGENET = [
  { mean: 0.485, sd: 0.229 },
  { mean: 0.456, sd: 0.224 },
  { mean: 0.406, sd: 0.225 },
] as const;

/** What a file has for a network. */
export interface ResidualWeights {
  readonly sha256: string;
  readonly stem: Stem;
  readonly convolutions: ReadonlyMap<string, FoldedConvolution>;
}

export interface WantedWeights {
  readonly widths?: readonly number[] | undefined;
  /** As the file has it when left out. */
  readonly stem?: Stem | undefined;
}

/**
 * @throws InputError `missing-file`, `damaged-file`, `unsupported-type` (not of float32 or float64), `missing-tensor`,
 *   `wrong-shape`, `not-finite`, each naming the tensor
 */
export async function readResidualWeights(path: string, wanted: WantedWeights = {}): Promise<ResidualWeights> {
  const bytes = await readBytes(path);
  const { tensors } = decodeSafetensors(bytes, path);
  const tensor = (name: string): Tensor => {
    const found = tensors.get(name);
    if (found) return found;
    throw new InputError(
      'missing-tensor',
      `${path} has no tensor '${name}'; the weights of resnet18 are named as in torchvision ('conv1.weight', ` +
        "'layer1.0.bn1.running_var', …)",
      { path, name },
    );
  };
  const values = (name: string, shape: readonly number[]): Float32Array | Float64Array => {
    const { shape: own, data } = tensor(name);
    const problem = { path, name };
    if (own.join() !== shape.join()) {
      const shapes = `[${own.join(', ')}], expected is [${shape.join(', ')}]`;
      throw new InputError('wrong-shape', `${path}: tensor '${name}' has shape ${shapes}`, problem);
    }
    if (!(data instanceof Float32Array) && !(data instanceof Float64Array)) {
      const hint = 'weights are float32 or float64; convert them with .float()';
      throw new InputError('unsupported-type', `${path}: tensor '${name}' has whole numbers; ${hint}`, problem);
    }
    if (data.every(isFinite)) return data;
    throw new InputError('not-finite', `${path}: tensor '${name}' has NaN or infinite values`, problem);
  };
  const stem = wanted.stem ?? stemOfTaps(tensor('conv1.weight').shape);
  const shape = { channels: IMAGENET.length, widths: wanted.widths ?? RESIDUAL_WIDTHS, stem };
  const convolutions = residualConvolutions(shape).map(({ name, norm, shape: taps }) => {
    const [gamma, beta, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
      values(`${norm}.${part}`, [taps[0]]),
    );
    if (variance.some((own) => own < 0)) {
      const negative = `${norm}.running_var`;
      const reason = `${path}: tensor '${negative}' has negative values, which no variance has`;
      throw new InputError('not-finite', reason, { path, name: negative });
    }
    const scale = Float64Array.from(gamma, (own, i) => own / Math.sqrt(variance[i] + EPSILON));
    const weight = new Float32Array(values(`${name}.weight`, taps));
    const perOutput = weight.length / taps[0];
    for (let at = 0; at < weight.length; at++) weight[at] *= scale[(at - (at % perOutput)) / perOutput];
    const bias = Float32Array.from(beta, (own, i) => own - mean[i] * scale[i]);
    return [name, { weight, bias }] as const;
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, stem, convolutions: new Map(convolutions) };
}

/** The stem whose convolution has so many taps; of any other number that of 224 pixels, whose shape is then missed. */
function stemOfTaps(shape: readonly number[]): Stem {
  return STEMS.find((stem) => STEM_TAPS[stem] === shape.at(-1)) ?? 'large';
}

/**
 * The weights, for images that were standardised by `columns`; one channel is read as three equal ones.
 * @param white the value of a pixel of the most light; black is 0
 */
export function weightsFor(
  { sha256, convolutions }: ResidualWeights,
  columns: readonly ColumnScale[],
  white: number,
): NetworkWeights {
  const scales = IMAGENET.map((own, c) => ({ own, read: columns[columns.length === 1 ? 0 : c] }));
  return {
    sha256,
    gain: scales.map(({ own, read }) => read.sd / (white * own.sd)),
    bias: scales.map(({ own, read }) => (read.mean / white - own.mean) / own.sd),
    convolution: (name) => convolutions.get(name)!,
  };
}
