// Exports the public interface of the graph (leaves, operations, labels, differentiation) and the table of all
// operations.

import { augmentationRows } from './augmentation.js';
import { binaryRows } from './binary.js';
import { convolutionRows } from './convolution.js';
import { cumulativeSumRows } from './cumulative-sum.js';
import { determinantRows } from './determinant.js';
import { gatherRows } from './gather.js';
import { gruRows } from './gru.js';
import { jacobianRows } from './jacobian.js';
import { layoutRows } from './layout.js';
import { leafRows } from './leaves.js';
import { lstmRows } from './lstm.js';
import { matmulRows } from './matmul.js';
import { mixtureRows } from './mixture.js';
import { poolingRows } from './pooling.js';
import { randomRows } from './random.js';
import { recurrenceLayerRows } from './recurrence-layer.js';
import { reductionRows } from './reduction.js';
import { softmaxRows } from './softmax.js';
import { unaryRows } from './unary.js';
import type { Operation } from './operation.js';

export { moveImages, moveSeries } from './augmentation.js';
export type { MoveOptions } from './augmentation.js';
export { add, div, greater, maximum, minimum, mul, select, sub } from './binary.js';
export { conv1d, conv2d, conv2dTranspose } from './convolution.js';
export type { TransposeSpacing } from './convolution.js';
export type { Spacing } from './convolution-geometry.js';
export { cumulativeSum } from './cumulative-sum.js';
export type { CumulativeSumOptions } from './cumulative-sum.js';
export { detSign, MAX_DETERMINANT, logAbsDet } from './determinant.js';
export type { DeterminantOptions } from './determinant.js';
export type { DataType } from './data-type.js';
export { gather } from './gather.js';
export type { ChannelScale } from './gather.js';
export { grad } from './grad.js';
export { gru } from './gru.js';
export { meanAbsJacobian, meanAbsJacobianGrad } from './jacobian.js';
export { broadcastTo, concat, permute, reshape, slice } from './layout.js';
export { constant, control, data, ones, parameter, scalar, zeros } from './leaves.js';
export { lstm } from './lstm.js';
export { matmul } from './matmul.js';
export type { MatmulOptions } from './matmul.js';
export {
  mixtureEpsilon,
  mixtureLogDensity,
  mixtureLogDensityGrad,
  mixtureSensitivity,
  mixtureSensitivityGrad,
} from './mixture.js';
export type { MixtureLimits } from './mixture-reference.js';
export { label, withScope } from './node.js';
export type { Node } from './operation.js';
export { averagePool2d, maxPool2d, upsample2d } from './pooling.js';
export type { Window } from './pooling.js';
export { randomNormal, randomUniform } from './random.js';
export { MAX_UNITS } from './recurrence.js';
export type { RecurrenceOptions } from './recurrence.js';
export { lstmLayer } from './recurrence-layer.js';
export type { LstmWeights } from './recurrence-layer.js';
export { max, mean, sum } from './reduction.js';
export type { ReduceOptions } from './reduction.js';
export { softmax } from './softmax.js';
export * from './unary.js';

/** Table of operations: every node's operation is one of these rows. */
export const rows = {
  ...leafRows,
  ...unaryRows,
  ...binaryRows,
  ...matmulRows,
  ...convolutionRows,
  ...poolingRows,
  ...augmentationRows,
  ...lstmRows,
  ...recurrenceLayerRows,
  ...gruRows,
  ...reductionRows,
  ...softmaxRows,
  ...cumulativeSumRows,
  ...layoutRows,
  ...gatherRows,
  ...randomRows,
  ...mixtureRows,
  ...determinantRows,
  ...jacobianRows,
} satisfies Record<string, Operation>;

export const operations: ReadonlyMap<string, Operation> = new Map(Object.entries<Operation>(rows));
