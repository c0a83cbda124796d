// Pass: fuses three consecutive layers, each a product with bias and activation, into one kernel if the backend has it.
// Their gradients become a second kernel, which computes the layers again, so intermediate values are never stored
// (docs/explanation/kernels.md, "network"). The pass matches kernels by their operands. Layers that other kernels read
// remain unfused.

import { fusedKernels, type Ending, type Gradient, type Network } from './fused-network.js';
import type { Kernel } from './kernel.js';
import { fitsThreadBlock } from './kernels.js';
import { readInPlace } from './network-inputs.js';
import { mixtureBehind } from './network-mixture.js';
import { addedSlope } from './network-slopes.js';
import { residualBehind } from './network-residual.js';
import { SLOPE, perGroup, productOf, rowSums, same, type Matrices, type Product } from './products.js';
import type { Buffer } from './value.js';

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

/** The slope by the first layer if a map computes it from a product and an added tensor. */
interface AddedSlope extends Product {
  readonly added?: Matrices;
  /** Kernel of the product. */
  readonly members?: readonly Kernel[];
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
  return readInPlace([
    ...kernels.filter((kernel) => !removed.has(kernel)).map((kernel) => moved.get(kernel) ?? kernel),
    ...fused,
  ]);
}
