// Values of a simulation that nobody sees: whole modalities of a subject, single cells, completely at random.

import type { RandomStream } from '../random/random-stream.js';

export interface HoleStreams {
  missingModalities(): RandomStream;
  missingCells(modality: number): RandomStream;
}

export interface HoleRequest {
  readonly subjects: number;
  readonly columns: number;
  /** Each modality's place in the causal order, which its stream goes by. */
  readonly order: readonly number[];
  /** Subjects without holes. */
  readonly spared: ReadonlySet<number>;
  readonly missingModalities: number;
  readonly missingCells: number;
}

/**
 * A pair of subject and modality, and a cell, is missing where its uniform number is below the share. What would leave
 * a subject without a modality, or a modality that is there without a value, spares the one with the largest number.
 *
 * @returns by modality, subjects × columns: 1 where a value is observed, 0 where it is missing; undefined without holes
 */
export function punchHoles(streams: HoleStreams, request: HoleRequest): Uint8Array[] | undefined {
  const { subjects, columns, order, spared, missingModalities, missingCells } = request;
  if (missingModalities === 0 && missingCells === 0) return undefined;
  const modalities = order.length;
  const present = kept(streams.missingModalities(), subjects, modalities, missingModalities);
  return order.map((place) => {
    const cells = kept(streams.missingCells(place), subjects, columns, missingCells);
    return cells.map((cell, at) => {
      const row = Math.floor(at / columns);
      return spared.has(row) ? 1 : present[row * modalities + place] & cell;
    });
  });
}

/** Rows × width: 0 with probability `share`, but for one of each row. */
function kept(random: RandomStream, rows: number, width: number, share: number): Uint8Array {
  const all = new Uint8Array(rows * width);
  for (let row = 0; row < rows; row++) {
    const draws = Array.from({ length: width }, () => random.uniform());
    const largest = Math.max(...draws);
    draws.forEach((draw, i) => (all[row * width + i] = draw >= share || draw === largest ? 1 : 0));
  }
  return all;
}
