// Curved maps whose curves are those of the columns. Principal components y of the columns of a modality are regressed
// on its subspace, y ≈ L v + C tanh(A v + a) + c, and the curved part of the map is B = M C. Latents are nearly linear
// functions of many columns together, so the few numbers M are enough, and they follow noise less than a free B.

import {
  add,
  concat,
  data,
  gather,
  matmul,
  mean,
  mul,
  reshape,
  slice,
  square,
  sub,
  sum,
  type Node,
} from '../graph/index.js';
import { constantValue, type Initialiser, type ParameterList } from '../nn/parameters.js';
import { mapGroups, type ComponentMap, type MapMembers } from './component-map.js';
import type { LatentLayout } from './layout.js';

/** Principal components of the columns of a modality, for each of its latents. */
const COMPONENTS_PER_LATENT = 3;
/** Inverse variance, halved, of the numbers M, for components whose variances sum to the number of latents. */
const PRECISION = 4;
/** Name of the leaf of components, subjects × Σ components. */
const COLUMNS = 'columns';

/** Returns the number of principal components of the columns of a modality. */
export function componentCount(latents: number): number {
  return COMPONENTS_PER_LATENT * latents;
}

interface Curves extends MapMembers {
  readonly linear: Node;
  readonly weight: Node;
  readonly bias: Node;
  readonly mix: Node;
}

export class ColumnCurves {
  readonly #layout: LatentLayout;
  readonly #groups: readonly Curves[];

  /** Creates `columns.<latents>.{linear,weight,bias,mix}`, which are L, C, c and M, of maps that are trained. */
  constructor(parameters: ParameterList, layout: LatentLayout, width: number) {
    this.#layout = layout;
    this.#groups = mapGroups(layout)
      .filter(({ isFixed }) => !isFixed)
      .map((group) => {
        const { latents: d, members } = group;
        const components = componentCount(d);
        const create = (name: string, shape: readonly number[], initial: Initialiser): Node =>
          parameters.create(curvesParameter(d, name), [members.length, ...shape], initial);
        return {
          ...group,
          linear: create('linear', [components, d], constantValue(0)),
          weight: create('weight', [components, width], constantValue(0)),
          bias: create('bias', [components, 1], constantValue(0)),
          mix: create('mix', [d, components], constantValue(0)),
        };
      });
  }

  /** Returns B of a group, `[runs, members, d, width]`. */
  outer({ latents }: MapMembers): Node {
    const { mix, weight } = this.#groups.find((group) => group.latents === latents)!;
    return matmul(mix, weight);
  }

  /** Returns minus the log density of the prior of M, up to a constant, `[runs]`. */
  curvature(): Node {
    return this.#groups.map(({ mix }) => mul(sum(square(mix), [1, 2, 3]), PRECISION)).reduce((a, b) => add(a, b));
  }

  /**
   * Returns the squared errors of the components given the subspaces, `[runs]`: the mean over subjects of the sums.
   * @param v subspaces of all modalities, `[1, D, batch]`
   * @param columns components of all modalities, `[1, Σ components, batch]`
   * @param present 1 for modalities that count, `[1, modalities, batch]`; default: all count
   */
  error(map: ComponentMap, v: Node, columns: Node, present?: Node): Node {
    const curves = map.curves(v);
    const batch = columns.shape[2];
    // Returns rows of every member, `[1, members, rows, batch]`.
    const ofMembers = (
      from: Node,
      { members }: MapMembers,
      rowsOf: (modality: number) => readonly [number, number],
    ) => {
      const parts = members.map((m) => slice(from, 1, ...rowsOf(m)));
      return reshape(concat(parts, 1), [1, members.length, parts[0].shape[1], batch]);
    };
    return this.#groups
      .map((group) => {
        const { subspaces, curved } = curves.find(({ latents, isFixed }) => latents === group.latents && !isFixed)!;
        const fitted = add(add(matmul(group.linear, subspaces), matmul(group.weight, curved)), group.bias);
        const residuals = sub(
          fitted,
          ofMembers(columns, group, (m) => this.#range(m)),
        );
        const counted = present
          ? mul(
              residuals,
              ofMembers(present, group, (m) => [m, m + 1]),
            )
          : residuals;
        return mean(sum(square(counted), [1, 2]), [1]);
      })
      .reduce((a, b) => add(a, b));
  }

  /** Returns where the components of a modality are among all. */
  #range(modality: number): readonly [from: number, to: number] {
    const counts = this.#layout.modalities.map(({ latents }) => componentCount(latents));
    const from = counts.slice(0, modality).reduce((a, b) => a + b, 0);
    return [from, from + counts[modality]];
  }
}

/** Returns the components of mini-batches, `[1, Σ components, batch]`. @param order as for `miniBatches` */
export function columnBatches({ modalities }: LatentLayout, rows: number, order: Node): Node {
  const width = modalities.reduce((total, { latents }) => total + componentCount(latents), 0);
  return gather(data(COLUMNS, [rows, width]), order);
}

/** Returns the contents of the leaf of `columnBatches`. @param columns by modality, subjects × components */
export function columnData({ modalities }: LatentLayout, columns: readonly Float32Array[]): [string, Float32Array] {
  const counts = modalities.map(({ latents }) => componentCount(latents));
  const width = counts.reduce((a, b) => a + b, 0);
  const rows = columns[0].length / counts[0];
  const table = new Float32Array(rows * width);
  let first = 0;
  columns.forEach((values, m) => {
    for (let row = 0; row < rows; row++) {
      table.set(values.subarray(row * counts[m], (row + 1) * counts[m]), row * width + first);
    }
    first += counts[m];
  });
  return [COLUMNS, table];
}

export function curvesParameter(latents: number, name: string): string {
  return `${COLUMNS}.${latents}.${name}`;
}
