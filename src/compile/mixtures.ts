// Pass: computes the log density of a mixture and its gradient in one kernel, if the backend has it. Both need the same
// exponentials.

import { mixtureWithGradKernel } from '../graph/mixture.js';
import type { Kernel } from './kernel.js';
import { predecessors } from './order.js';
import { samePlace } from './products.js';

/** True if both kernels read the same z and θ with the same numbers. */
function areOfOneMixture(value: Kernel, gradient: Kernel): boolean {
  return (
    [1, 2].every((i) => samePlace(value.operands[i], gradient.operands[i])) &&
    value.ints.join() === gradient.ints.join() &&
    value.floats.join() === gradient.floats.join()
  );
}

/** True if a kernel needs the results of another one. */
function needs(kernels: readonly Kernel[], kernel: Kernel, other: Kernel): boolean {
  const before = predecessors(kernels);
  const target = kernels.indexOf(other);
  const seen = new Set<number>();
  const open = [kernels.indexOf(kernel)];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (at === target) return true;
    for (const next of before[at]) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(next);
    }
  }
  return false;
}

function joined(value: Kernel, gradient: Kernel): Kernel {
  const [out, z, theta, upstream] = gradient.operands;
  return {
    ...gradient,
    name: mixtureWithGradKernel.name,
    label: value.label,
    operands: [out, value.operands[0], z, theta, upstream],
    reads: [...new Set([...value.reads, ...gradient.reads])],
    writes: [...gradient.writes, ...value.writes],
  };
}

/**
 * Joins every log density with its gradient, unless the gradient's upstream depends on the log density.
 * @param available names of the backend's kernels
 */
export function joinMixtures(kernels: readonly Kernel[], available: ReadonlySet<string>): readonly Kernel[] {
  if (!available.has(mixtureWithGradKernel.name)) return kernels;
  let all = kernels;
  for (const gradient of kernels.filter(({ name }) => name === 'mixtureLogDensityGrad')) {
    const value = all.find((other) => other.name === 'mixtureLogDensity' && areOfOneMixture(other, gradient));
    if (value === undefined || needs(all, gradient, value)) continue;
    const both = joined(value, gradient);
    all = all.filter((kernel) => kernel !== value).map((kernel) => (kernel === gradient ? both : kernel));
  }
  return all;
}
