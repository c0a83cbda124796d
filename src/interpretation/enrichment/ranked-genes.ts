// The weighted Kolmogorov–Smirnov statistic of preranked gene set enrichment analysis (Subramanian et al. 2005, PNAS
// 102:15545). Genes with equal scores have no order: the running sum is only read between groups of equal scores.

/** Genes in the order of their scores, the largest first. Arrays except `positions` are by position in this order. */
export interface RankedGenes {
  readonly order: Int32Array;
  /** Position of each gene. */
  readonly positions: Int32Array;
  /** |score| to the power of the exponent. */
  readonly weights: Float64Array;
  /** First position with the same score, and the position after the last one. */
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/**
 * Ranks genes.
 * @param scores a finite number for each gene
 * @param exponent 1 weights genes by |score|, 0 gives the Kolmogorov–Smirnov statistic
 */
export function rankGenes(scores: Float64Array, exponent: number = 1): RankedGenes {
  const count = scores.length;
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a] || a - b);
  const positions = new Int32Array(count);
  const weights = new Float64Array(count);
  const start = new Int32Array(count);
  const end = new Int32Array(count).fill(count);
  for (const [position, gene] of order.entries()) {
    positions[gene] = position;
    weights[position] = Math.abs(scores[gene]) ** exponent;
    const isTied = position > 0 && scores[order[position - 1]] === scores[gene];
    start[position] = isTied ? start[position - 1] : position;
  }
  for (let position = count - 2; position >= 0; position--) {
    end[position] = start[position + 1] === start[position] ? end[position + 1] : position + 1;
  }
  return { order, positions, weights, start, end };
}

/** Both deviations of the running sum from 0: the largest, ≥ 0, and the smallest, ≤ 0. */
export interface Deviations {
  high: number;
  low: number;
  /** Position after the last gene of the leading edge of `high`. */
  highEnd: number;
  /** Position of the first gene of the leading edge of `low`. */
  lowStart: number;
}

/**
 * Computes the deviations of the running sum of a set.
 * @param hits positions of the genes of the set, ascending; neither none nor all
 * @param into receives the result, because permutations call this function very often
 */
export function deviations({ weights, start, end }: RankedGenes, hits: Int32Array, into: Deviations): Deviations {
  const size = hits.length;
  let total = 0;
  for (let k = 0; k < size; k++) total += weights[hits[k]];
  // If all scores of the set are 0, its genes count equally.
  const isFlat = !(total > 0);
  const scale = isFlat ? 1 / size : 1 / total;
  const step = 1 / (weights.length - size);
  let sum = 0;
  into.high = 0;
  into.low = 0;
  into.highEnd = 0;
  into.lowStart = weights.length;
  for (let k = 0; k < size;) {
    const first = start[hits[k]];
    const next = end[hits[k]];
    const before = sum - (first - k) * step;
    if (before < into.low) {
      into.low = before;
      into.lowStart = first;
    }
    for (; k < size && hits[k] < next; k++) sum += isFlat ? scale : weights[hits[k]] * scale;
    const after = sum - (next - k) * step;
    if (after > into.high) {
      into.high = after;
      into.highEnd = next;
    }
  }
  return into;
}

export const noDeviations = (): Deviations => ({ high: 0, low: 0, highEnd: 0, lowStart: 0 });

export interface Enrichment {
  /** Enrichment score: the deviation with the larger size, from −1 to 1. */
  readonly score: number;
  /** Genes of the leading edge, the most extreme score first. */
  readonly leadingEdge: readonly number[];
}

/**
 * Returns the enrichment score of a set, and the genes that contribute to it.
 * @param genes positions of its genes in the list of scores; neither none nor all
 * @param isSigned false for scores ≥ 0 without a direction, of which only large ones count
 */
export function enrichment(ranked: RankedGenes, genes: Int32Array, isSigned: boolean = true): Enrichment {
  const hits = Int32Array.from(genes, (gene) => ranked.positions[gene]).sort();
  const { high, low, highEnd, lowStart } = deviations(ranked, hits, noDeviations());
  const isUp = !isSigned || high >= -low;
  const edge = isUp ? hits.filter((hit) => hit < highEnd) : hits.filter((hit) => hit >= lowStart).reverse();
  return { score: isUp ? high : low, leadingEdge: Array.from(edge, (hit) => ranked.order[hit]) };
}
