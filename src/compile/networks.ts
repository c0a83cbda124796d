// Pass: fuses three consecutive layers, each a product with bias and activation, into one kernel if the backend has it.
// Their gradients become a second kernel, which computes the layers again, so intermediate values are never stored
// (docs/explanation/kernels.md, "network"). The pass matches kernels by their operands. Layers that other kernels read
// remain unfused.

import { call } from '../graph/kernel-record.js';
import type { Kernel, Operand } from './kernel.js';
import { fitsThreadBlock, networkGradKernel, networkKernel, type Widths } from './kernels.js';
import { mixtureBehind, type Mixture } from './network-mixture.js';
import { addedSlope } from './network-slopes.js';
import { residualBehind, type Residual } from './network-residual.js';
import { SLOPE, perGroup, productOf, rowSums, same, type Matrices, type Product } from './products.js';
import type { Buffer, Value } from './value.js';

const LEAKY_RELU = 1;
const TANH = 2;
/** True for a layer of `groups` networks whose weights are stored row by row. */
const isLayer = ({ transA, transB, a, k, bias, sums }: Product): boolean =>
  !transA && !transB && a.leading === k && bias !== undefined && sums === undefined;

const isHidden = (product: Product): boolean =>
  isLayer(product) && (product.code === LEAKY_RELU || product.code === TANH);

/**
 * True if a layer's bias, and after the first layer its weights, lie in a fixed place, as leaves do. Computed ones
 * might depend on a hidden layer that is stored.
 */
const hasFixedWeights = ({ a, bias }: Product, layer: number): boolean =>
  bias?.operand.buffer.offset !== undefined && (layer === 0 || a.operand.buffer.offset !== undefined);

interface Network {
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
interface Gradient {
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

/** The slope by the first layer if a map computes it from a product and an added tensor. */
interface AddedSlope extends Product {
  readonly added?: Matrices;
  /** Kernel of the product. */
  readonly members?: readonly Kernel[];
}

/** What the network's outputs are for. At most one is defined. */
interface Ending {
  readonly mixture?: Mixture | undefined;
  readonly residual?: Residual | undefined;
  /** True if the gradient may compute the outputs, too: what arrives at it does not depend on them. */
  readonly isTogether?: boolean;
}

/** The kernels that touch each buffer. */
type Touching = ReadonlyMap<Buffer, readonly Kernel[]>;

class Finder {
  readonly #products: ReadonlyMap<Kernel, Product>;
  readonly #touching: Touching;

  constructor(kernels: readonly Kernel[]) {
    this.#products = new Map(kernels.flatMap(productOf).map((product) => [product.kernel, product]));
    const touching = new Map<Buffer, Kernel[]>();
    for (const kernel of kernels) {
      for (const buffer of new Set(kernel.operands.map((operand) => operand.buffer))) {
        touching.set(buffer, [...(touching.get(buffer) ?? []), kernel]);
      }
    }
    this.#touching = touching;
  }

  /** Returns what a network's outputs are for, if the fused kernel can compute that, too. */
  ending({ layers, groups, batch, widths }: Network, gradient: Gradient | 'none'): Ending {
    const [, , third] = layers;
    const members = gradient === 'none' ? [] : gradient.members;
    const theta = {
      matrices: third.c,
      groups,
      rows: widths[3],
      batch,
      slopes: gradient === 'none' ? undefined : gradient.upstream,
    };
    const touching = (buffer: Buffer): readonly Kernel[] =>
      this.#touching.get(buffer)!.filter((kernel) => !members.includes(kernel));
    const users = this.#otherKernels(third, third);
    const mixture = mixtureBehind(theta, users, touching);
    const residual = residualBehind(theta, users, touching);
    const upstream = mixture?.gradient?.upstream.operand.buffer;
    const value = new Set(mixture?.value ? [mixture.value] : []);
    const isTogether = residual !== undefined || (upstream !== undefined && !this.#needs(upstream, value));
    return { mixture, residual, isTogether };
  }

  get products(): Iterable<Product> {
    return this.#products.values();
  }

  /** Returns the kernels that touch what a product writes, except those of `without`. */
  #otherKernels({ c }: Product, ...without: readonly Product[]): Kernel[] {
    return this.#touching
      .get(c.operand.buffer)!
      .filter((kernel) => without.every((product) => product.kernel !== kernel));
  }

  #find(kernels: readonly Kernel[], test: (product: Product) => boolean): Product | undefined {
    return kernels.flatMap((kernel) => this.#products.get(kernel) ?? []).find(test);
  }

  /**
   * Returns the network that starts with a layer, or undefined if a layer is missing or must be stored for other
   * kernels.
   */
  network(layer: Product): Network | undefined {
    if (!isHidden(layer) || layer.c.operand.buffer.offset !== undefined) return undefined;
    const reads = (next: Product, before: Product): boolean => {
      const grouped = perGroup(before, next.groups);
      return grouped !== undefined && next.k === grouped.m && same(next.b, grouped.c, next.groups);
    };
    const second = this.#find(this.#otherKernels(layer, layer), (next) => isHidden(next) && reads(next, layer));
    const first = second && perGroup(layer, second.groups);
    if (!first || second.c.operand.buffer.offset !== undefined) return undefined;
    const third = this.#find(
      this.#otherKernels(second, second),
      (next) => isLayer(next) && next.code === 0 && next.groups === second.groups && reads(next, second),
    );
    // The weights must be a leaf: computed weights might need the gradients of the other layers.
    if (third?.a.operand.buffer.offset === undefined) return undefined;
    return {
      layers: [first, second, third],
      groups: second.groups,
      batch: second.n,
      widths: [first.k, first.m, second.m, third.m],
    };
  }

  /** True if the contents of a buffer depend on one of `kernels`. */
  #needs(buffer: Buffer, kernels: ReadonlySet<Kernel>): boolean {
    const seen = new Set<Buffer>();
    const waiting = [buffer];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      for (const kernel of this.#touching.get(next) ?? []) {
        if (!kernel.operands.some((operand) => operand.written && operand.buffer === next)) continue;
        if (kernels.has(kernel)) return true;
        for (const operand of kernel.operands) if (!operand.written) waiting.push(operand.buffer);
      }
    }
    return false;
  }

  /** Returns the slope by the first layer if a map adds a tensor to the gradient from the second layer. */
  #addedSlope(first: Product, second: Product, { c, groups, n }: Product): AddedSlope | undefined {
    const product = this.#find(this.#touching.get(c.operand.buffer)!, (candidate) => {
      const { code, transA, transB, sums, a, b } = candidate;
      const isPlain = code === 0 && transA && !transB && !sums && candidate.groups === groups;
      return isPlain && same(a, second.a, groups) && same(b, c, groups);
    });
    if (!product || product.c.operand.buffer.offset !== undefined || first.code !== TANH) return undefined;
    const users = this.#otherKernels(product, product);
    if (users.length !== 1) return undefined;
    const [kernel] = users;
    const match = addedSlope(kernel, { back: product.c, layer: first.c, groups, rows: first.m, batch: n });
    if (!match || match.slope.operand.buffer.offset !== undefined) return undefined;
    return { ...product, kernel, c: match.slope, added: match.added, members: [product.kernel] };
  }

  /**
   * Returns the gradient of a network if other kernels that read the hidden layers belong to it; `none` if no other
   * kernel reads them; undefined if they are not a gradient.
   */
  gradient({ layers: [first, second, third], groups, batch }: Network): Gradient | 'none' | undefined {
    const toFirst = this.#otherKernels(first, first, second);
    const toSecond = this.#otherKernels(second, second, third);
    if (toFirst.length === 0 && toSecond.length === 0) return 'none';
    const isSlope = (product: Product, layer: Product, after: Product): boolean =>
      product.groups === groups &&
      product.code === layer.code + SLOPE &&
      product.slope === layer.slope &&
      product.transA &&
      !product.transB &&
      same(product.saved, layer.c, groups) &&
      same(product.a, after.a, groups) &&
      product.c.operand.buffer.offset === undefined;
    const ofSecond = this.#find(toSecond, (product) => isSlope(product, second, third));
    if (!ofSecond) return undefined;
    const ofFirst =
      this.#find(toFirst, (product) => isSlope(product, first, second) && same(product.b, ofSecond.c, groups)) ??
      this.#addedSlope(first, second, ofSecond);
    if (!ofFirst) return undefined;
    const upstream = ofSecond.b;
    const slopes = [ofFirst.c, ofSecond.c, upstream];
    const inputs = [first.b, first.c, second.c];
    const backs = [this.#otherKernels(ofFirst, ofFirst), this.#otherKernels(ofSecond, ofSecond, ofFirst)];
    const around = [backs[0], [...toFirst, ...backs[1]], toSecond];
    const weights = slopes.map((slope, i) =>
      this.#find(around[i], (candidate) => {
        const product = perGroup(candidate, groups);
        if (!product || product.transA || !product.transB || product.code !== 0 || product.sums) return false;
        const fits = product.k === batch && product.c.leading === product.n;
        return fits && same(product.a, slope, groups) && same(product.b, inputs[i], groups);
      }),
    );
    const sumsOf = (layer: Product, slope: Matrices): { kernel: Kernel; sums: Matrices } | undefined => {
      for (const kernel of this.#touching.get(slope.operand.buffer)!) {
        const sums = rowSums(kernel, slope, { groups, rows: layer.m, batch });
        if (sums) return { kernel, sums };
      }
      return undefined;
    };
    const reduced = [
      ofFirst.sums ? undefined : sumsOf(first, ofFirst.c),
      ofSecond.sums ? undefined : sumsOf(second, ofSecond.c),
      sumsOf(third, upstream),
    ];
    const bySums = [ofFirst.sums, ofSecond.sums, undefined].map((sums, i) => sums ?? reduced[i]?.sums);
    const byInput = this.#find(backs[0], (product) => isInputSlope(product, first, ofFirst.c, groups));
    const { added, members: adding = [] } = ofFirst as AddedSlope;
    const members = [
      ...[ofSecond, ofFirst, ...weights, byInput].flatMap((product) => product?.kernel ?? []),
      ...reduced.flatMap((one) => one?.kernel ?? []),
      ...adding,
    ];
    const all = new Set(members);
    if (!backs.flat().every((kernel) => all.has(kernel))) return undefined;
    // The added tensor must not depend on a result of the gradient.
    if (added && this.#needs(added.operand.buffer, all)) return undefined;
    const storesHidden = ![...toFirst, ...toSecond].every((kernel) => all.has(kernel));
    const byWeights = weights.map((product) => product && perGroup(product, groups)!.c);
    return {
      members,
      added,
      storesHidden,
      inner: [ofFirst.kernel, ofSecond.kernel, ...adding],
      results: [...byWeights.flatMap((by, i) => [by, bySums[i]]), byInput?.c],
      upstream,
    };
  }
}

/**
 * True if a product is the gradient of the first layer's input. If all groups share the input, it is one product for
 * all.
 */
function isInputSlope(product: Product, { a, b, m, k }: Product, slope: Matrices, groups: number): boolean {
  if (!product.transA || product.transB || product.code !== 0 || product.sums || product.m !== k) return false;
  if (product.groups === groups) return product.k === m && same(product.a, a, groups) && same(product.b, slope, groups);
  const isTogether = product.groups === 1 && product.k === groups * m && b.group === 0;
  const lies = (matrices: Matrices, of: Matrices): boolean => same(matrices, of, 1) && of.group === m * of.leading;
  return isTogether && lies(product.a, a) && lies(product.b, slope);
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
function fusedKernels(network: Network, gradient: Gradient | 'none', ending: Ending): Kernel[] {
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
      order: target ? residual!.order : 0,
      requested: results.map((result) => Number(result !== undefined)),
      adds: added !== undefined,
      ldOut: together?.leading ?? 0,
      ldByX: byX?.leading ?? 0,
      ldX: first.b.leading,
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

/**
 * Fuses all networks among the kernels.
 * @param available names of the backend's kernels
 */
export function fuseNetworks(kernels: readonly Kernel[], available: ReadonlySet<string>): readonly Kernel[] {
  if (!available.has('network') || !available.has('networkGrad')) return kernels;
  const finder = new Finder(kernels);
  const removed = new Set<Kernel>();
  const fused: Kernel[] = [];
  const moved = new Map<Kernel, Kernel>();
  for (const layer of finder.products) {
    const network = finder.network(layer);
    if (network === undefined || !fitsThreadBlock(network.widths)) continue;
    const gradient = finder.gradient(network);
    if (gradient === undefined) continue;
    if (gradient !== 'none' && gradient.storesHidden && !network.layers.every(hasFixedWeights)) continue;
    const possible = gradient !== 'none' && gradient.storesHidden ? {} : finder.ending(network, gradient);
    // A kernel that reads the slopes of two mixtures is rewritten for the first one only. It reads those of the second
    // mixture from their present place.
    const readers = [...(possible.mixture?.gradient?.readers ?? [])];
    const ending = readers.some(([kernel]) => moved.has(kernel)) ? {} : possible;
    const { mixture, residual } = ending;
    const members = [
      ...network.layers.map(({ kernel }) => kernel),
      ...(gradient === 'none' ? [] : gradient.members),
      ...[mixture?.value, mixture?.gradient?.kernel, residual?.kernel].filter((kernel) => kernel !== undefined),
    ];
    for (const kernel of members) removed.add(kernel);
    if (mixture) for (const [kernel, reading] of readers) moved.set(kernel, reading);
    fused.push(...fusedKernels(network, gradient, ending));
  }
  if (fused.length === 0) return kernels;
  return [...kernels.filter((kernel) => !removed.has(kernel)).map((kernel) => moved.get(kernel) ?? kernel), ...fused];
}
