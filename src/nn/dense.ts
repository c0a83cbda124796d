// Multilayer perceptrons over [runs, groups, features, batch]: y = act(W x + b), W [runs, groups, out, in]. Encoders,
// decoders and cross-prediction have this form (Table 5 of the paper: Dense–LeakyReLU twice, then Dense).

import { add, leakyRelu, matmul, withScope, type Node } from '../graph/index.js';
import { constantValue, fanIn, type Initialiser, type ParameterList } from './parameters.js';

/** Slope of every LeakyReLU of the method (METHOD section 9). */
export const LEAKY_SLOPE = 0.2;

export interface MlpParameters {
  readonly name: string;
  readonly layers: readonly { readonly weight: Node; readonly bias: Node }[];
}

export interface MlpOptions {
  readonly groups: number;
  /** Inputs, hidden widths, outputs. */
  readonly widths: readonly number[];
  /** Initial weights of the last layer. Default: U(±√(3 / fan-in)). */
  readonly head?: Initialiser | undefined;
  /** Initial biases of the last layer. Default: 0. */
  readonly headBias?: Initialiser | undefined;
}

/** Creates `name.<layer>.weight` and `name.<layer>.bias`. */
export function mlpParameters(parameters: ParameterList, name: string, options: MlpOptions): MlpParameters {
  const { groups, widths, head, headBias } = options;
  const last = widths.length - 2;
  const layers = widths.slice(1).map((outputs, index) => {
    const isLast = index === last;
    return {
      weight: parameters.create(
        `${name}.${index}.weight`,
        [groups, outputs, widths[index]],
        (isLast && head) || fanIn(),
      ),
      bias: parameters.create(`${name}.${index}.bias`, [groups, outputs, 1], (isLast && headBias) || constantValue(0)),
    };
  });
  return { name, layers };
}

/**
 * Applies the layers with a LeakyReLU between them.
 * @param x `[runs or 1, groups, inputs, batch]` → `[runs, groups, outputs, batch]`
 */
export function layerNodes(mlp: MlpParameters, x: Node): Node {
  return mlp.layers.reduce((input, { weight, bias }, index) => {
    const isLast = index === mlp.layers.length - 1;
    return withScope(String(index), () => {
      const linear = add(matmul(weight, input), bias);
      return isLast ? linear : leakyRelu(linear, LEAKY_SLOPE);
    });
  }, x);
}
