// Pass: finds an order of kernels that keeps little memory alive. It tries two orders: depth first from the results,
// and greedily by the memory that a kernel frees. It returns the one with the lower peak.

import type { Kernel } from './kernel.js';
import { predecessors } from './order.js';
import type { Buffer } from './value.js';

const planned = (kernel: Kernel): Buffer[] => [
  ...new Set(kernel.operands.map((operand) => operand.buffer).filter((buffer) => buffer.offset === undefined)),
];

/** Returns the maximum number of live elements of an order. */
function peakOf(order: readonly number[], touched: readonly (readonly Buffer[])[]): number {
  const last = new Map<Buffer, number>();
  order.forEach((kernel, position) => {
    for (const buffer of touched[kernel]) last.set(buffer, position);
  });
  const alive = new Set<Buffer>();
  let [live, peak] = [0, 0];
  order.forEach((kernel, position) => {
    for (const buffer of touched[kernel]) {
      if (!alive.has(buffer)) {
        alive.add(buffer);
        live += buffer.size;
      }
    }
    peak = Math.max(peak, live);
    for (const buffer of touched[kernel]) if (last.get(buffer) === position) live -= buffer.size;
  });
  return peak;
}

function depthFirst(before: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  const seen = new Uint8Array(before.length);
  for (let root = 0; root < before.length; root++) {
    if (seen[root] === 1) continue;
    seen[root] = 1;
    const stack = [{ kernel: root, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      if (top.next < before[top.kernel].length) {
        const other = before[top.kernel][top.next++];
        if (seen[other] === 0) {
          seen[other] = 1;
          stack.push({ kernel: other, next: 0 });
        }
      } else {
        order.push(top.kernel);
        stack.pop();
      }
    }
  }
  return order;
}

/** Among the kernels that can run next, always takes the one after which the fewest elements are alive. */
function greedy(before: readonly (readonly number[])[], touched: readonly (readonly Buffer[])[]): number[] {
  const after: number[][] = before.map(() => []);
  before.forEach((needed, kernel) => {
    for (const other of needed) after[other].push(kernel);
  });
  const waitsFor = before.map((needed) => needed.length);
  const users = new Map<Buffer, number>();
  for (const buffers of touched) for (const buffer of buffers) users.set(buffer, (users.get(buffer) ?? 0) + 1);
  const alive = new Set<Buffer>();
  const growth = (kernel: number): number =>
    touched[kernel].reduce((total, buffer) => {
      const opened = alive.has(buffer) ? 0 : buffer.size;
      const closed = users.get(buffer) === 1 ? buffer.size : 0;
      return total + opened - closed;
    }, 0);
  const ready = waitsFor.flatMap((count, kernel) => (count === 0 ? [kernel] : []));
  const order: number[] = [];
  while (ready.length > 0) {
    let best = 0;
    let minGrowth = Infinity;
    ready.forEach((kernel, i) => {
      const grown = growth(kernel);
      if (grown < minGrowth) [best, minGrowth] = [i, grown];
    });
    const [kernel] = ready.splice(best, 1);
    order.push(kernel);
    for (const buffer of touched[kernel]) {
      alive.add(buffer);
      users.set(buffer, users.get(buffer)! - 1);
    }
    for (const other of after[kernel]) if (--waitsFor[other] === 0) ready.push(other);
  }
  return order;
}

/** Returns the kernels in execution order. */
export function schedule(kernels: readonly Kernel[]): Kernel[] {
  const before = predecessors(kernels);
  const touched = kernels.map(planned);
  const orders = [depthFirst(before), greedy(before, touched)];
  const [first, second] = orders.map((order) => peakOf(order, touched));
  return orders[second < first ? 1 : 0].map((kernel) => kernels[kernel]);
}
