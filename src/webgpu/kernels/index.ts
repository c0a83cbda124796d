// The generators of kernels, by name. The compiler expands operations whose kernel WebGPU lacks.

import type { Dispatch, Shader } from '../shader.js';
import { adam } from './adam.js';
import { average } from './average.js';
import * as convolutions from './convolution.js';
import { cumulativeSum } from './cumulative-sum.js';
import * as determinants from './determinant.js';
import { gather } from './gather.js';
import { gru, gruGrad } from './gru.js';
import { guard } from './guard.js';
import { lstm, lstmGrad } from './lstm.js';
import { map } from './map.js';
import { matmul } from './matmul.js';
import * as mixtures from './mixture.js';
import { moveImages } from './moves.js';
import * as poolings from './pooling.js';
import { random } from './random.js';
import { reduce } from './reduce.js';
import { softmax } from './softmax.js';

/** Returns the shaders of one kernel, in the order of their dispatches. */
export type Generator = (shader: Shader) => Dispatch[];

export const GENERATORS: ReadonlyMap<string, Generator> = new Map(
  Object.entries({
    adam,
    average,
    cumulativeSum,
    gather,
    guard,
    map,
    matmul,
    random,
    reduce,
    softmax,
    gru,
    gruGrad,
    lstm,
    lstmGrad,
    moveImages,
    ...convolutions,
    ...determinants,
    ...mixtures,
    ...poolings,
  }),
);
