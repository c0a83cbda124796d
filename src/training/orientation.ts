// Chooses the sign of each latent: it rises with the column of its modality with which it correlates most. A fit does
// not determine signs (−z with negated weights is the same model), but readers take "+" to mean more of something.

import { channelMeans } from '../data/channel-means.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { presenceOf } from '../data/presence.js';
import { knownRanks, rankCorrelation, type KnownRanks } from '../metrics/known-ranks.js';
import { latentLayout } from '../networks/layout.js';
import type { ModelConfig } from '../networks/multimodal.js';
import { blockPositions } from '../networks/shared-block.js';
import { spreadOver } from '../quality/index.js';

/** The column that a latent rises with. */
export interface LatentOrientation {
  /** `<modality>.z<index + 1>`. */
  readonly latent: string;
  /** The latent's modality; of a shared latent, one of those that observe it. */
  readonly modality: string;
  /** The column; for images and series, a channel, by its mean. */
  readonly column: string;
  /** Rank correlation with the column over training subjects, in (0, 1]. */
  readonly correlation: number;
}

export interface Orientation {
  /** In the order of the latents. A latent that correlates with no column has no entry and keeps its sign. */
  readonly orientation: readonly LatentOrientation[];
  /** By latent, true if its sign must change so that it rises with its column. */
  readonly turned: readonly boolean[];
}

/** Maximum number of subjects: enough for a standard error of 0.016. */
const MAX_SUBJECTS = 4096;
/** Maximum number of values of all columns together, so that wide studies fit into memory. */
const MAX_VALUES = 2e7;
const MIN_SUBJECTS = 200;
/** Maximum number of columns that are ranked for each latent: ranking 20,000 columns takes longer than the fit. */
const MAX_RANKED = 64;

/** Returns the training subjects that decide the orientation, evenly spread. */
export function orientationRows({ split, modalities }: Pick<Dataset, 'split' | 'modalities'>): Int32Array {
  const columns = modalities.reduce((sum, modality) => sum + modality.columns.length, 0);
  const affordable = Math.max(MIN_SUBJECTS, Math.ceil(MAX_VALUES / columns));
  return spreadOver(split.train, Math.min(MAX_SUBJECTS, affordable));
}

/**
 * Returns for each latent the column with the largest |rank correlation|, or the first of several equal ones. Sizes
 * (library sizes, totals) do not count as columns. In wide tables, only the 64 columns whose values correlate most with
 * the latent's ranks are ranked. A shared latent is compared with the columns of all modalities that observe it.
 * @param rows subjects
 * @param latents of these subjects, rows × D
 */
export function orientationOf(
  dataset: Pick<Dataset, 'modalities'>,
  { modalities: shapes, shared }: Pick<ModelConfig, 'modalities' | 'shared'>,
  rows: Int32Array,
  latents: Float32Array,
): Orientation {
  const layout = latentLayout(shapes);
  const positions = blockPositions(layout, shared);
  const ranked = dataset.modalities.map((modality, m) => {
    const present = presenceOf(modality);
    return Array.from({ length: shapes[m].latents }, (_, k) => {
      const at = layout.offsets[m] + k;
      return knownRanks(
        Float64Array.from(rows, (row, i) => (present[row] === 1 ? latents[i * layout.latents + at] : NaN)),
      );
    });
  });
  const best = new Map<number, Omit<LatentOrientation, 'latent'>>();
  dataset.modalities.forEach((modality, m) => {
    const table = channelMeans(modality, rows);
    const spreads = spreadsOf(table);
    const ranks = new Map<number, KnownRanks>();
    for (const [k, latent] of ranked[m].entries()) {
      const position = positions[layout.offsets[m] + k];
      for (const c of candidates(table, spreads, latent)) {
        const ranksOfColumn = ranks.get(c) ?? knownRanks(columnOf(table, c));
        ranks.set(c, ranksOfColumn);
        const correlation = rankCorrelation(ranksOfColumn, latent);
        const known = Math.abs(best.get(position)?.correlation ?? 0);
        if (Math.abs(correlation) <= known) continue;
        best.set(position, { modality: modality.name, column: table.columns[c].name, correlation });
      }
    }
  });
  const orientation: LatentOrientation[] = [];
  const turned = positions.map((position, at) => {
    const match = best.get(position);
    if (!match) return false;
    const m = layout.modalityOf[at];
    const latent = `${shapes[m].name}.z${at - layout.offsets[m] + 1}`;
    // Rounding may leave |ρ| of equal ranks above 1.
    orientation.push({ latent, ...match, correlation: Math.min(1, Math.abs(match.correlation)) });
    return match.correlation < 0;
  });
  return { orientation, turned };
}

type Table = Pick<Modality, 'columns' | 'values' | 'observed'>;

/** Returns the columns that may correlate most with a latent, in order. @param latent the ranks of the latent */
function candidates(table: Table, spreads: Float64Array, { ranks }: KnownRanks): number[] {
  const { columns, values } = table;
  const measured = [...columns.keys()].filter((c) => !isSize(columns[c].kind));
  if (measured.length <= MAX_RANKED) return measured;
  const width = columns.length;
  const product = new Float64Array(width);
  ranks.forEach((rank, row) => {
    // Missing values are 0.
    if (!Number.isNaN(rank)) for (let c = 0; c < width; c++) product[c] += rank * values[row * width + c];
  });
  const score = product.map((sum, c) => (spreads[c] > 0 ? Math.abs(sum) / spreads[c] : 0));
  const strongest = measured.sort((a, b) => score[b] - score[a] || a - b).slice(0, MAX_RANKED);
  return strongest.sort((a, b) => a - b);
}

/** Returns the Euclidean norm of every column's centred observed values. */
function spreadsOf({ columns: { length: width }, values, observed }: Table): Float64Array {
  const [sum, square, count] = Array.from({ length: 3 }, () => new Float64Array(width));
  for (let at = 0; at < values.length; at++) {
    if (observed?.[at] === 0) continue;
    const c = at % width;
    sum[c] += values[at];
    square[c] += values[at] ** 2;
    count[c]++;
  }
  return square.map((squares, c) => Math.sqrt(Math.max(0, squares - sum[c] ** 2 / Math.max(1, count[c]))));
}

function columnOf({ columns: { length: width }, values, observed }: Table, c: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => {
    const at = row * width + c;
    return observed?.[at] === 0 ? NaN : values[at];
  });
}
