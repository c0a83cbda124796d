// Builds the kernels of a fused network: its outputs, and their gradient (docs/explanation/kernels.md, "network").

import { call } from '../graph/kernel-record.js';
import type { Kernel, Operand } from './kernel.js';
import { networkGradKernel, networkKernel, type Widths } from './kernels.js';
import type { Mixture } from './network-mixture.js';
import type { Residual } from './network-residual.js';
import type { Matrices, Product } from './products.js';
import type { Value } from './value.js';

export interface Network {
  /** The three layers, each with one product per group. */
  readonly layers: readonly [Product, Product, Product];
  readonly groups: number;
  readonly batch: number;
  readonly widths: Widths;
}

/**
 * The gradient of a network. `results` are in the order of the kernel's results; a result that nothing needs is
 * undefined.
 */
export interface Gradient {
  /** Tensor that is added to the slope by the first layer's result. */
  readonly added: Matrices | undefined;
  /** True if other kernels also read the hidden layers, so that these must be stored. */
  readonly storesHidden: boolean;
  readonly members: readonly Kernel[];
  /** Members whose first result is not stored. */
  readonly inner: readonly Kernel[];
  readonly results: readonly (Matrices | undefined)[];
  readonly upstream: Matrices;
}

/** What the network's outputs are for. At most one is defined. */
export interface Ending {
  readonly mixture?: Mixture | undefined;
  readonly residual?: Residual | undefined;
  /** True if the gradient may compute the outputs, too: what arrives at it does not depend on them. */
  readonly isTogether?: boolean;
}

/**
 * Returns a kernel that replaces `members`.
 * @param dropped values that the members write and that are no longer stored
 */
function replacementFor(
  members: readonly Kernel[],
  dropped: ReadonlySet<Value>,
  replacement: Pick<Kernel, 'name' | 'label' | 'operands' | 'ints' | 'floats'>,
): Kernel {
  const writes = new Set(members.flatMap((member) => member.writes).filter((value) => !dropped.has(value)));
  const reads = new Set(members.flatMap((member) => member.reads));
  return {
    ...replacement,
    shareable: [],
    reads: [...reads].filter((value) => !dropped.has(value) && !writes.has(value)),
    writes: [...writes],
  };
}

/** Returns matrices as a read operand. */
const reading = ({ operand, ...rest }: Matrices): Matrices => ({ ...rest, operand: { ...operand, written: false } });

const groupsOf = (all: readonly (Matrices | undefined)[]): number[] => all.map((matrices) => matrices?.group ?? 0);

/** Returns the kernels of a network and of what its outputs are for. */
export function fusedKernels(network: Network, gradient: Gradient | 'none', ending: Ending): Kernel[] {
  const { mixture, residual } = ending;
  const { layers, groups, batch, widths } = network;
  const [first, second, third] = layers;
  const hidden = gradient !== 'none' && gradient.storesHidden ? [first.c, second.c] : [];
  const members = layers.map(({ kernel }) => kernel);
  const ends = mixture !== undefined || residual !== undefined;
  const inner = [...(hidden.length > 0 ? [] : [first, second]), ...(ends ? [third] : [])];
  const dropped = new Set(inner.flatMap(({ kernel }) => kernel.writes));
  if (residual?.dropped) dropped.add(residual.dropped);
  const shape = {
    groups,
    widths,
    batch,
    activations: [first.code, second.code],
    components: mixture?.components ?? 0,
    slopes: [first.slope, second.slope],
    limits: mixture?.limits ?? [],
  };
  const whole = { partRows: widths[0], ldPart: 0 };
  const weights = layers.flatMap(({ a, bias }) => [a, bias!]);
  const read = [first.b, ...weights, ...(mixture ? [mixture.z] : [])];
  const fused: Kernel[] = [];
  const value = mixture ? mixture.value : (residual?.kernel ?? third.kernel);
  // The gradient computes the outputs anyway where it needs them, so it stores them.
  const isTogether = gradient !== 'none' && ending.isTogether;
  const row = (operand: Operand): Matrices => ({ operand, leading: batch, group: batch });
  const out = residual?.difference ?? (mixture ? mixture.value && row(mixture.value.operands[0]) : third.c);
  if (value !== undefined && out !== undefined && !isTogether) {
    const all = [out, ...hidden, ...read, ...(residual ? [residual.target] : [])];
    const forward = replacementFor([...members, ...(ends ? [value] : [])], dropped, {
      ...call(networkKernel, {
        ...shape,
        order: residual?.order ?? 0,
        saves: hidden.length > 0,
        groupStrides: groupsOf(all),
        ldOut: out.leading,
        ldX: first.b.leading,
        ...whole,
        ldTarget: residual?.target.leading ?? 0,
        ldSaved: [first.c.leading, second.c.leading],
      }),
      label: mixture ? value.label : third.kernel.label,
      operands: all.map(({ operand }) => operand),
    });
    fused.push(forward);
  }
  if (gradient === 'none') return fused;
  const back = mixture?.gradient;
  const upstream = back?.upstream ?? residual?.difference ?? gradient.upstream;
  const together = isTogether ? out : undefined;
  const target = together && residual?.target;
  const results = [...gradient.results, back?.byZ, together];
  // Without outputs, the gradient does not need the last bias.
  const { added } = gradient;
  const weighted = mixture || target ? read : read.slice(0, -1);
  const inputs = [...weighted, target ?? upstream, ...(added ? [added] : [])];
  const storedResults = results.filter((result) => result !== undefined);
  for (const kernel of gradient.inner) dropped.add(kernel.writes[0]);
  if (back && !back.byZ) for (const value of back.kernel.writes) dropped.add(value);
  const byX = gradient.results.at(-1);
  const forward = together ? [...members, value!] : [];
  const backward = replacementFor([...forward, ...gradient.members, ...(back ? [back.kernel] : [])], dropped, {
    ...call(networkGradKernel, {
      ...shape,
      order: target ? residual.order : 0,
      requested: results.map((result) => Number(result !== undefined)),
      adds: added !== undefined,
      ldOut: together?.leading ?? 0,
      ldByX: byX?.leading ?? 0,
      ldX: first.b.leading,
      ...whole,
      ldTarget: target?.leading ?? 0,
      ldUpstream: upstream.leading,
      ldAdded: added?.leading ?? 0,
      groupStrides: groupsOf([...results, ...inputs]),
      scale: residual?.scale ?? 1,
    }),
    label: `grad(${third.kernel.label})/networkGrad`,
    operands: [...storedResults, ...inputs.map(reading)].map(({ operand }) => operand),
  });
  // Unlike its members, the kernel reads the input, the weights of the first layers and the difference.
  const more = [...members.flatMap((kernel) => kernel.reads), ...(residual?.kernel.writes ?? [])];
  const written = new Set(backward.writes);
  const reads = [...new Set([...backward.reads, ...more])].filter((one) => !dropped.has(one) && !written.has(one));
  return [...fused, { ...backward, reads }];
}
