// Which way up each latent stands: it rises with the column of its modality that it correlates with most. A fit knows
// no sign (−z with turned weights is the same model), and readers take "+" for more of something.

import { channelMeans } from '../data/channel-means.js';
import type { Dataset, Modality } from '../data/dataset.js';
import { isSize } from '../data/kinds.js';
import { presenceOf } from '../data/presence.js';
import { knownRanks, rankCorrelation, type KnownRanks } from '../metrics/known-ranks.js';
import { latentLayout } from '../models/layout.js';
import type { ModelConfig } from '../models/multimodal.js';
import { blockPositions } from '../models/shared-block.js';
import { spreadOver } from '../quality/index.js';

/** The column that a latent rises with. */
export interface LatentOrientation {
  /** `<modality>.z<index + 1>`. */
  readonly latent: string;
  /** The latent's modality; of a shared latent, one of those that observe it. */
  readonly modality: string;
  /** Of a picture or series a channel, whose mean is meant. */
  readonly column: string;
  /** Rank correlation with the column over training subjects, in (0, 1]. */
  readonly correlation: number;
}

export interface Orientation {
  /** In the latents' order; a latent that correlates with no column has no entry and keeps the sign of the fit. */
  readonly orientation: readonly LatentOrientation[];
  /** By latent, whether it must be turned to rise with its column. */
  readonly turned: readonly boolean[];
}

/** Enough for a standard error of 0.016. */
const MAX_SUBJECTS = 4096;
/** Of all columns together, so that wide studies fit in memory. */
const MAX_VALUES = 2e7;
const FEWEST_SUBJECTS = 200;
/** Columns whose ranks are computed for each latent: ranks of 20,000 columns take longer than the fit. */
const MAX_RANKED = 64;

/** Training subjects, evenly spread, that orientation is decided by. */
export function orientationRows({ split, modalities }: Pick<Dataset, 'split' | 'modalities'>): Int32Array {
  const columns = modalities.reduce((sum, modality) => sum + modality.columns.length, 0);
  const affordable = Math.max(FEWEST_SUBJECTS, Math.ceil(MAX_VALUES / columns));
  return spreadOver(split.train, Math.min(MAX_SUBJECTS, affordable));
}

/**
 * The column with the largest |rank correlation| for each latent; the first one of equals. Sizes (library sizes,
 * totals) are no columns here. In wide tables only the 64 columns are ranked whose values correlate most with the
 * latent's ranks. A shared latent is compared with the columns of all modalities that observe it.
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
        const own = ranks.get(c) ?? knownRanks(columnOf(table, c));
        ranks.set(c, own);
        const correlation = rankCorrelation(own, latent);
        const known = Math.abs(best.get(position)?.correlation ?? 0);
        if (Math.abs(correlation) <= known) continue;
        best.set(position, { modality: modality.name, column: table.columns[c].name, correlation });
      }
    }
  });
  const orientation: LatentOrientation[] = [];
  const turned = positions.map((position, at) => {
    const found = best.get(position);
    if (!found) return false;
    const m = layout.modalityOf[at];
    const latent = `${shapes[m].name}.z${at - layout.offsets[m] + 1}`;
    // Rounding may leave |ρ| of equal ranks above 1.
    orientation.push({ latent, ...found, correlation: Math.min(1, Math.abs(found.correlation)) });
    return found.correlation < 0;
  });
  return { orientation, turned };
}

type Table = Pick<Modality, 'columns' | 'values' | 'observed'>;

/** Columns that may be a latent's strongest, in order. @param latent its ranks */
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
  const score = product.map((own, c) => (spreads[c] > 0 ? Math.abs(own) / spreads[c] : 0));
  const strongest = measured.sort((a, b) => score[b] - score[a] || a - b).slice(0, MAX_RANKED);
  return strongest.sort((a, b) => a - b);
}

/** Length of every column's observed values about their mean. */
function spreadsOf({ columns: { length: width }, values, observed }: Table): Float64Array {
  const [sum, square, count] = Array.from({ length: 3 }, () => new Float64Array(width));
  for (let at = 0; at < values.length; at++) {
    if (observed?.[at] === 0) continue;
    const c = at % width;
    sum[c] += values[at];
    square[c] += values[at] ** 2;
    count[c]++;
  }
  return square.map((own, c) => Math.sqrt(Math.max(0, own - sum[c] ** 2 / Math.max(1, count[c]))));
}

function columnOf({ columns: { length: width }, values, observed }: Table, c: number): Float64Array {
  return Float64Array.from({ length: values.length / width }, (_, row) => {
    const at = row * width + c;
    return observed?.[at] === 0 ? NaN : values[at];
  });
}
