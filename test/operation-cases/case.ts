// A case of the table of operations.

import type { Node } from '../../src/graph/index.js';

export interface OperationCase {
  readonly op: string;
  readonly title: string;
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Node[]) => Node;
  /** Range of the inputs. Default [−2, 2]. */
  readonly range?: readonly [number, number];
  /** False if the operation has no derivative. */
  readonly differentiable?: boolean;
  /** False if second derivatives do not exist. */
  readonly twice?: boolean;
  /** True if the result is not finite exactly where that of the reference is not, whatever the inputs. */
  readonly passesNotFinite?: true;
  /**
   * How rounded factors affect a fused operation. `sizes` builds the same operation from magnitudes, so that each of
   * its outputs bounds the magnitudes of the terms of a result. The roundings are numbers of rounded factors of a
   * result.
   */
  readonly rounded?: {
    readonly sizes: OperationCase['build'];
    readonly roundings: { readonly value: number; readonly slope: number };
  };
  /** Maximum error in single precision, relative to the largest element. Default 1e-5. */
  readonly singleTolerance?: number;
}

export const row = (
  op: string,
  shapes: readonly (readonly number[])[],
  build: OperationCase['build'],
  rest: Partial<OperationCase> = {},
): OperationCase => ({ op, title: shapes.map((shape) => `[${shape.join(', ')}]`).join(' '), shapes, build, ...rest });
