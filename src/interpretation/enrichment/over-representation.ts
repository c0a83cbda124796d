// Over-representation of a gene set among the genes with the most extreme scores.

/**
 * Returns P(X ≥ overlap), where X is the number of genes of a set among `top` genes that are drawn from all genes
 * without replacement (hypergeometric distribution). Probabilities are computed from their ratios, outwards from the
 * most probable number, so that small tails are exact to about 10⁻¹³ relative.
 */
export function hypergeometricTail(genes: number, set: number, top: number, overlap: number): number {
  const [min, max] = [Math.max(0, set + top - genes), Math.min(set, top)];
  if (overlap <= min) return 1;
  if (overlap > max) return 0;
  const mode = Math.min(max, Math.max(min, Math.floor(((set + 1) * (top + 1)) / (genes + 2))));
  const ratio = (k: number) => ((set - k) * (top - k)) / ((k + 1) * (genes - set - top + k + 1));
  let [all, tail] = [0, 0];
  const add = (k: number, weight: number) => {
    all += weight;
    if (k >= overlap) tail += weight;
  };
  for (let [k, weight] = [mode, 1]; k <= max; weight *= ratio(k), k++) add(k, weight);
  for (let k = mode - 1, weight = 1; k >= min; k--) add(k, (weight /= ratio(k)));
  return tail / all;
}

/** The genes with the most extreme scores in one direction. */
export interface TopGenes {
  readonly genes: ReadonlySet<number>;
  readonly direction: 1 | -1;
}

/**
 * Returns the genes with the highest scores, and those with the lowest ones. Genes above 0 are never among the lowest,
 * nor those below 0 among the highest. Genes with the same score as the last gene are included.
 * @param share share of all genes in each direction
 * @param isSigned false for scores without a direction, which have no lowest ones
 */
export function topGenes(scores: Float64Array, share: number, isSigned: boolean = true): TopGenes[] {
  const count = Math.max(1, Math.round(share * scores.length));
  return ([1, -1] as const).slice(0, isSigned ? 2 : 1).map((direction) => {
    const values = Float64Array.from(scores, (score) => direction * score);
    const limit = Float64Array.from(values).sort()[values.length - count];
    const genes = [...values.keys()].filter((gene) => values[gene] > 0 && values[gene] >= limit);
    return { genes: new Set(genes), direction };
  });
}

export interface OverRepresentation {
  /** P of this overlap or a larger one. It is doubled if there are two directions, because the data choose one. */
  readonly p: number;
  readonly overlap: number;
  /** Expected overlap of random genes. */
  readonly expected: number;
}

/**
 * Tests a set in one direction.
 * @param tops genes of all directions
 * @param count number of all genes
 */
export function overRepresentation(
  tops: readonly TopGenes[],
  count: number,
  set: Int32Array,
  direction: 1 | -1,
): OverRepresentation {
  const { genes } = tops.find((top) => top.direction === direction)!;
  const overlap = set.reduce((sum, gene) => sum + (genes.has(gene) ? 1 : 0), 0);
  const p = Math.min(1, tops.length * hypergeometricTail(count, set.length, genes.size, overlap));
  return { p, overlap, expected: (set.length * genes.size) / count };
}
