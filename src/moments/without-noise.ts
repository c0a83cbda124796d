// Takes the covariance of measurement noise out of a problem, as known from replicates or from a decoder.

import { InputError, NumericError } from '../errors/errors.js';
import type { MomentProblem } from './moment-problem.js';

/** Smallest share of its variance that a direction of the values must keep. */
const MIN_SHARE = 1e-6;

/**
 * Returns the problem for values without their noise. The noise must be independent of the values and the same in all
 * environments.
 * @param noise covariance of the noise of the values, D × D
 * @throws InputError `lengths-differ`; NumericError `not-finite` if the covariance of an environment is not positive
 *   definite without the noise
 */
export function withoutNoise(problem: MomentProblem, noise: Float64Array): MomentProblem {
  const latents = problem.blocks.reduce((sum, block) => sum + block, 0);
  const size = latents + problem.terms;
  if (noise.length !== latents ** 2) {
    throw new InputError('lengths-differ', `the noise must have ${latents} × ${latents} elements, not ${noise.length}`);
  }
  const environments = problem.environments.map((environment, position) => {
    const covariance = Float64Array.from(environment.covariance, (value, at) => {
      const [row, column] = [Math.floor(at / size), at % size];
      return row < latents && column < latents ? value - noise[row * latents + column] : value;
    });
    if (!isPositiveDefinite(covariance, latents, size)) {
      const remedy =
        'The noise is overestimated, or the values have directions that contain only noise: use fewer latents';
      const what = `environment ${position} has less variance than the noise`;
      throw new NumericError('not-finite', `${what}. ${remedy}`, { environment: position });
    }
    return { ...environment, covariance };
  });
  return { ...problem, environments };
}

/** Cholesky of the first `count` rows and columns; false if a pivot is negligible. */
function isPositiveDefinite(matrix: Float64Array, count: number, size: number): boolean {
  const factor = new Float64Array(count * count);
  for (let row = 0; row < count; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * size + column];
      for (let k = 0; k < column; k++) rest -= factor[row * count + k] * factor[column * count + k];
      if (column < row) factor[row * count + column] = rest / factor[column * count + column];
      else if (rest > MIN_SHARE * matrix[row * size + row]) factor[row * count + row] = Math.sqrt(rest);
      else return false;
    }
  }
  return true;
}
