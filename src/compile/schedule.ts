// Pass: an order of the kernels that keeps little memory alive. Two orders are tried, depth first from the results and
// greedily by what a kernel frees; the one with the lower peak is kept.

import type { Kernel } from './kernel.js';
import { predecessors } from './order.js';
import type { Buffer } from './value.js';

const planned = (kernel: Kernel): Buffer[] => [
  ...new Set(kernel.operands.map((operand) => operand.buffer).filter((buffer) => buffer.offset === undefined)),
];

/** Live elements after each kernel of an order, at their highest. */
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

/** Takes, among the kernels that could run, the one after which least memory is alive. */
function greedy(before: readonly (readonly number[])[], touched: readonly (readonly Buffer[])[]): number[] {
  const after: number[][] = before.map(() => []);
  before.forEach((others, kernel) => {
    for (const other of others) after[other].push(kernel);
  });
  const waitsFor = before.map((others) => others.length);
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
    let least = Infinity;
    ready.forEach((kernel, i) => {
      const grown = growth(kernel);
      if (grown < least) [best, least] = [i, grown];
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

/** The kernels in execution order. */
export function schedule(kernels: readonly Kernel[]): Kernel[] {
  const before = predecessors(kernels);
  const touched = kernels.map(planned);
  const orders = [depthFirst(before), greedy(before, touched)];
  const [first, second] = orders.map((order) => peakOf(order, touched));
  return orders[second < first ? 1 : 0].map((kernel) => kernels[kernel]);
}
