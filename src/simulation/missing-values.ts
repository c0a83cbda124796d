// Draws missing values of a simulation: whole modalities of a subject and single cells, completely at random.

import type { RandomStream } from '../random/random-stream.js';

export interface MissingStreams {
  missingModalities(): RandomStream;
  missingCells(modality: number): RandomStream;
}

export interface MissingRequest {
  readonly subjects: number;
  readonly columns: number;
  /** Position of each modality in the causal order, which determines its random stream. */
  readonly order: readonly number[];
  /** Subjects without missing values. */
  readonly complete: ReadonlySet<number>;
  readonly missingModalities: number;
  readonly missingCells: number;
}

/**
 * Draws missing values. A pair of subject and modality, or a cell, is missing if its uniform number is below the share.
 * The largest number of a subject or of a row is always present, so every subject keeps a modality, and every present
 * modality keeps a value.
 *
 * @returns by modality, subjects × columns: 1 for an observed value, 0 for a missing one; undefined if all are observed
 */
export function drawMissing(streams: MissingStreams, request: MissingRequest): Uint8Array[] | undefined {
  const { subjects, columns, order, complete, missingModalities, missingCells } = request;
  if (missingModalities === 0 && missingCells === 0) return undefined;
  const modalities = order.length;
  const present = drawPresent(streams.missingModalities(), subjects, modalities, missingModalities);
  return order.map((place) => {
    const cells = drawPresent(streams.missingCells(place), subjects, columns, missingCells);
    return cells.map((cell, at) => {
      const row = Math.floor(at / columns);
      return complete.has(row) ? 1 : present[row * modalities + place] & cell;
    });
  });
}

/** Returns rows × width: 0 with probability `share`, except for one entry of each row. */
function drawPresent(random: RandomStream, rows: number, width: number, share: number): Uint8Array {
  const all = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const draws = Array.from({ length: width }, () => random.uniform());
    const largest = Math.max(...draws);
    draws.forEach((draw, i) => (all[row * width + i] = draw >= share || draw === largest ? 1 : 0));
  }
  return all;
}
