// Subspaces that are Gaussian at every level of the observed causes: the curved maps of components with a Gaussian of
// unrestricted mean and covariance for each level. Latents with linear Gaussian mechanisms are such coordinates, and
// maps between such coordinates are linear if levels differ enough. So the curved part of the maps is found without the
// graph and the targets, and a search on moments can follow.

import {
  add,
  concat,
  constant,
  exp,
  matmul,
  mul,
  ones,
  reshape,
  slice,
  square,
  sub,
  sum,
  withScope,
  type Node,
} from '../graph/index.js';
import { constantValue, ParameterList } from '../nn/parameters.js';
import type { CauseShape } from './cause-effects.js';
import { ColumnCurves } from './column-curves.js';
import { ComponentMap } from './component-map.js';
import type { LatentLayout } from './layout.js';

const LOG_2PI = Math.log(2 * Math.PI);

export class LevelGaussian {
  readonly parameters: ParameterList;
  readonly map: ComponentMap;
  /** The curves of the map, if columns are known. */
  readonly curves: ColumnCurves | undefined;
  readonly #size: number;
  /** Position of each term that is a level, among all terms. */
  readonly #levels: readonly number[];
  readonly #mean: Node;
  readonly #logScale: Node;
  readonly #factor: Node;

  /**
   * Creates the parameters of `ComponentMap` and `levels.{mean,logScale,factor}`: of the reference first, then what
   * each term adds. Numbers change the mean only.
   * @param width of the maps
   * @param hasColumns true if the curves of the maps are those of the columns
   */
  constructor(layout: LatentLayout, causes: readonly CauseShape[], width: number, hasColumns: boolean, runs: number) {
    this.parameters = new ParameterList(runs);
    const curves = hasColumns ? new ColumnCurves(this.parameters, layout, width) : undefined;
    this.curves = curves;
    this.map = new ComponentMap(this.parameters, layout, width, true, curves && ((group) => curves.outer(group)));
    const d = layout.latents;
    this.#size = d;
    const isLevel = causes.flatMap(({ terms }) => terms.map((term) => 'level' in term));
    this.#levels = [...isLevel.keys()].filter((term) => isLevel[term]);
    const zeros = constantValue(0);
    this.#mean = this.parameters.create('levels.mean', [d, 1 + isLevel.length], zeros);
    this.#logScale = this.parameters.create('levels.logScale', [d, 1 + this.#levels.length], zeros);
    this.#factor = this.parameters.create('levels.factor', [d * d, 1 + this.#levels.length], zeros);
  }

  /** Returns minus the log density of the prior of the curved parts, up to a constant, `[runs]`. */
  curvature(): Node {
    return this.curves ? this.curves.curvature() : this.map.curvature();
  }

  /**
   * Returns log p(u), `[runs, batch]`.
   * @param u whitened subspaces, `[runs or 1, D, batch]`
   * @param terms `[1, T, batch]`
   */
  logLikelihood(u: Node, terms: Node): Node {
    return withScope('levels', () => {
      const { z, logAbsDet } = this.map.apply(u);
      const d = this.#size;
      const [runs, , batch] = z.shape;
      const one = ones([1, 1, batch]);
      const levels = concat([one, ...this.#levels.map((term) => slice(terms, 1, term, term + 1))], 1);
      const centred = sub(z, matmul(this.#mean, concat([one, terms], 1)));
      const logScale = matmul(this.#logScale, levels);
      const below = constant(
        Array.from({ length: d * d }, (_, at) => Number(at % d < Math.floor(at / d))),
        [1, d * d, 1],
      );
      const factor = reshape(mul(matmul(this.#factor, levels), below), [runs, d, d, batch]);
      const fromOthers = sum(mul(factor, reshape(centred, [runs, 1, d, batch])), [2]);
      const white = add(mul(centred, exp(logScale)), fromOthers);
      const density = sum(sub(logScale, mul(add(square(white), LOG_2PI), 0.5)), [1]);
      return add(density, logAbsDet);
    });
  }
}
