// Expresses a linear map as a multilayer perceptron of the usual form. LeakyReLU(a) − LeakyReLU(−a) = (1 + slope) a, so
// two units of every hidden layer carry one number unchanged to the output.

import { LEAKY_SLOPE } from './dense.js';

/** A linear map with a row-major matrix. */
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

/** Returns how many numbers a hidden layer can carry. */
export function carried(hidden: number): number {
  return Math.floor(hidden / 2);
}

/** Returns how many units of a hidden layer are free if it carries `numbers` numbers. */
export function freeUnits(hidden: number, numbers: number): number {
  return hidden - 2 * numbers;
}

/**
 * Returns the layers of `left · right · x + shift`, two of them hidden: `right` comes before the hidden layers, `left`
 * after them.
 * @param right map with at most {@link carried} outputs and no shift
 * @param hidden width of the hidden layers
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

/**
 * Adds a multilayer perceptron with the same number of layers to those of a linear map, in the free hidden units.
 * @param linear layers from {@link linearLayers}
 * @param added layers of the perceptron; the bias of its last layer, with r outputs, is not added
 * @param spread outputs of the linear map × r, row-major: what one unit of each r adds to each output
 */
export function withPerceptron(
  linear: readonly LayerValues[],
  added: readonly LayerValues[],
  spread: ArrayLike<number>,
): LayerValues[] {
  const last = linear.length - 1;
  const hidden = linear[0].bias.length;
  const width = added[0].bias.length;
  const first = hidden - width;
  return linear.map(({ weight, bias }, l) => {
    const sum = { weight: weight.slice(), bias: bias.slice() };
    const inputs = weight.length / bias.length;
    const addedWeight = added[l].weight;
    const addedInputs = addedWeight.length / added[l].bias.length;
    const from = l === 0 ? 0 : first;
    if (l < last) {
      for (let i = 0; i < width; i++) {
        sum.weight.set(addedWeight.subarray(i * addedInputs, (i + 1) * addedInputs), (first + i) * inputs + from);
      }
      sum.bias.set(added[l].bias, first);
      return sum;
    }
    const numbers = added[l].bias.length;
    for (let o = 0; o < bias.length; o++) {
      for (let j = 0; j < width; j++) {
        let value = 0;
        for (let r = 0; r < numbers; r++) value += spread[o * numbers + r] * addedWeight[r * addedInputs + j];
        sum.weight[o * inputs + first + j] += value;
      }
    }
    return sum;
  });
}

/**
 * Computes a multilayer perceptron in float64.
 * @param inputs rows × inputs, row-major
 * @returns rows × outputs
 */
export function perceptron(layers: readonly LayerValues[], inputs: Float64Array, rows: number): Float64Array {
  return layers.reduce((read, { weight, bias }, l) => {
    const [outputs, width] = [bias.length, weight.length / bias.length];
    const values = new Float64Array(rows * outputs);
    for (let row = 0; row < rows; row++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias[o];
        for (let j = 0; j < width; j++) sum += weight[o * width + j] * read[row * width + j];
        values[row * outputs + o] = l < layers.length - 1 && sum < 0 ? LEAKY_SLOPE * sum : sum;
      }
    }
    return values;
  }, inputs);
}

function layer(outputs: number, inputs: number): LayerValues {
  return { weight: new Float32Array(outputs * inputs), bias: new Float32Array(outputs) };
}
