// A linear map as a multilayer perceptron of the usual shape: LeakyReLU(a) − LeakyReLU(−a) = (1 + slope) a, so that two
// units of every hidden layer carry an output to the end as it is.

import { LEAKY_SLOPE } from './dense.js';

/** Row-major. */
export interface LinearMap {
  readonly inputs: number;
  readonly outputs: number;
  /** Outputs × inputs. */
  readonly matrix: ArrayLike<number>;
  /** Added to the outputs. */
  readonly shift: ArrayLike<number>;
}

export interface LayerValues {
  /** Outputs × inputs of the layer. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** How many numbers a hidden layer carries. */
export function carried(hidden: number): number {
  return Math.floor(hidden / 2);
}

/**
 * The layers of `left · right · x + shift`, two of them hidden: `right` before them, `left` after them.
 * @param right of at most {@link carried} outputs, without a shift @param hidden width of the hidden layers
 */
export function linearLayers(right: Omit<LinearMap, 'shift'>, left: LinearMap, hidden: number): LayerValues[] {
  const k = right.outputs;
  const first = layer(hidden, right.inputs);
  const second = layer(hidden, hidden);
  const last = layer(left.outputs, hidden);
  const share = 1 / (1 + LEAKY_SLOPE);
  for (let i = 0; i < k; i++) {
    for (let j = 0; j < right.inputs; j++) {
      const value = right.matrix[i * right.inputs + j];
      first.weight[2 * i * right.inputs + j] = value;
      first.weight[(2 * i + 1) * right.inputs + j] = -value;
    }
    for (const [from, to] of [
      [0, 0],
      [1, 1],
      [0, 1],
      [1, 0],
    ]) {
      second.weight[(2 * i + to) * hidden + 2 * i + from] = from === to ? share : -share;
    }
    for (let o = 0; o < left.outputs; o++) {
      const value = share * left.matrix[o * k + i];
      last.weight[o * hidden + 2 * i] = value;
      last.weight[o * hidden + 2 * i + 1] = -value;
    }
  }
  last.bias.set(left.shift);
  return [first, second, last];
}

function layer(outputs: number, inputs: number): LayerValues {
  return { weight: new Float32Array(outputs * inputs), bias: new Float32Array(outputs) };
}
