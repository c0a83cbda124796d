// Reads weights of a residual network from a file of safetensors with the names of torchvision. Every batch norm is
// folded into the convolution before it: w · γ / √(σ² + ε) and β − μ · γ / √(σ² + ε).

import { createHash } from 'node:crypto';
import type { ColumnScale } from '../../data/dataset.js';
import type { NetworkWeights } from '../../data/network.js';
import { InputError } from '../../errors/errors.js';
import { readBytes } from '../../files/bytes.js';
import { decodeSafetensors, type Tensor } from '../../files/safetensors.js';
import {
  RESIDUAL_WIDTHS,
  residualConvolutions,
  STEM_TAPS,
  STEMS,
  type FoldedConvolution,
  type Stem,
} from '../../nn/residual.js';

/** Local constant, which is faster than a lookup of the global for every value. */
const { isFinite } = Number;
/** Default ε of PyTorch's batch norm. */
const EPSILON = 1e-5;
/**
 * Mean and standard deviation of red, green and blue in the training of ImageNet's networks, for intensities 0 to 1.
 */
const IMAGENET = [
  { mean: 0.485, sd: 0.229 },
  { mean: 0.456, sd: 0.224 },
  { mean: 0.406, sd: 0.225 },
] as const;

/** Weights of a file. */
export interface ResidualWeights {
  readonly sha256: string;
  readonly stem: Stem;
  readonly convolutions: ReadonlyMap<string, FoldedConvolution>;
}

export interface WantedWeights {
  readonly widths?: readonly number[] | undefined;
  /** Default: the stem of the file. */
  readonly stem?: Stem | undefined;
}

/**
 * Reads the weights of a file.
 * @throws InputError `missing-file`, `damaged-file`, `unsupported-type` (neither float32 nor float64),
 *   `missing-tensor`, `wrong-shape`, `not-finite`, each naming the tensor
 */
export async function readResidualWeights(path: string, wanted: WantedWeights = {}): Promise<ResidualWeights> {
  const bytes = await readBytes(path);
  const { tensors } = decodeSafetensors(bytes, path);
  const tensor = (name: string): Tensor => {
    const result = tensors.get(name);
    if (result) return result;
    throw new InputError(
      'missing-tensor',
      `${path} has no tensor '${name}'; the weights of resnet18 are named as in torchvision ('conv1.weight', ` +
        "'layer1.0.bn1.running_var', …)",
      { path, name },
    );
  };
  const values = (name: string, shape: readonly number[]): Float32Array | Float64Array => {
    const { shape: actual, data } = tensor(name);
    const problem = { path, name };
    if (actual.join() !== shape.join()) {
      const shapes = `[${actual.join(', ')}], expected is [${shape.join(', ')}]`;
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
    if (variance.some((value) => value < 0)) {
      const negative = `${norm}.running_var`;
      const reason = `${path}: tensor '${negative}' has negative values, which no variance has`;
      throw new InputError('not-finite', reason, { path, name: negative });
    }
    const scale = Float64Array.from(gamma, (value, i) => value / Math.sqrt(variance[i] + EPSILON));
    const weight = new Float32Array(values(`${name}.weight`, taps));
    const perOutput = weight.length / taps[0];
    for (let at = 0; at < weight.length; at++) weight[at] *= scale[(at - (at % perOutput)) / perOutput];
    const bias = Float32Array.from(beta, (value, i) => value - mean[i] * scale[i]);
    return [name, { weight, bias }] as const;
  });
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { sha256, stem, convolutions: new Map(convolutions) };
}

/** Returns the stem with these taps. For an unknown number it is `large`, whose shape the tensor then does not have. */
function stemOfTaps(shape: readonly number[]): Stem {
  return STEMS.find((stem) => STEM_TAPS[stem] === shape.at(-1)) ?? 'large';
}

/**
 * Returns the weights for images that were standardised by `columns`. One channel is read as three equal channels.
 * @param white value of white; black is 0
 */
export function weightsFor(
  { sha256, convolutions }: ResidualWeights,
  columns: readonly ColumnScale[],
  white: number,
): NetworkWeights {
  const scales = IMAGENET.map((trained, c) => ({ trained, read: columns[columns.length === 1 ? 0 : c] }));
  return {
    sha256,
    gain: scales.map(({ trained, read }) => read.sd / (white * trained.sd)),
    bias: scales.map(({ trained, read }) => (read.mean / white - trained.mean) / trained.sd),
    convolution: (name) => convolutions.get(name)!,
  };
}
