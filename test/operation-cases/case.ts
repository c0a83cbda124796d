// What a case of the table is.

import type { Node } from '../../src/graph/index.js';

export interface OperationCase {
  readonly op: string;
  readonly title: string;
  readonly shapes: readonly (readonly number[])[];
  readonly build: (...inputs: Node[]) => Node;
  /** Range the inputs are drawn from; default [−2, 2]. */
  readonly range?: readonly [number, number];
  /** False where the operation has no derivative. */
  readonly differentiable?: boolean;
  /** False where second derivatives do not exist. */
  readonly twice?: boolean;
  /** True if the result is not finite where the reference's is not, whatever the inputs. */
  readonly passesNotFinite?: true;
  /** How far single precision may be off, relative to the largest element; default 1e-5. */
  readonly singleTolerance?: number;
}

export const row = (
  op: string,
  shapes: readonly (readonly number[])[],
  build: OperationCase['build'],
  rest: Partial<OperationCase> = {},
): OperationCase => ({ op, title: shapes.map((shape) => `[${shape.join(', ')}]`).join(' '), shapes, build, ...rest });
