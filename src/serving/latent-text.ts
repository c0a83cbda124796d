// Writes latents as JSON, in the form of the request: rows or columns. Numbers have the fewest digits that determine a
// float32, which is half of what JSON.stringify writes for the same double.

import type { LatentNode } from '../causal/index.js';
import { floatText } from '../files/float-text.js';
import type { BatchResult } from './batcher.js';
import type { Steps } from './slices.js';

/** Rows per step of a generator. */
const STEP = 16;

/** A modality: its name, its key in JSON, and the keys of its latents `z1`, `z2`, … in JSON. */
interface Names {
  readonly modality: string;
  readonly key: string;
  readonly latents: readonly string[];
}

type Field = (result: BatchResult, modality: string) => ArrayLike<number>;

export class LatentWriter {
  readonly #names: readonly Names[];

  /** @param nodes latents of the model's graph */
  constructor(nodes: readonly LatentNode[]) {
    const modalities = [...new Set(nodes.map(({ modality }) => modality))];
    this.#names = modalities.map((modality) => ({
      modality,
      key: `${JSON.stringify(modality)}:`,
      latents: nodes.filter((node) => node.modality === modality).map(({ index }) => `"z${index + 1}":`),
    }));
  }

  /**
   * Writes `{"latents":…}` of a request's rows. For a posterior it adds `sd`, and by modality whether the latents of a
   * row are `inferred` from other modalities.
   */
  *write(result: BatchResult, rows: number, form: 'rows' | 'columns'): Steps<string> {
    const there = this.#names.filter(({ modality }) => modality in result.latents);
    const field = (of: Field): Steps<string> =>
      form === 'rows' ? this.#rows(there, result, rows, of) : this.#columns(there, result, rows, of);
    let text = `{"latents":${yield* field(({ latents }, modality) => latents[modality])}`;
    const { posterior } = result;
    if (posterior) {
      text += `,"sd":${yield* field((_, modality) => posterior[modality].sd)}`;
      const inferred = there.map(({ modality, key }) => {
        const marks = Array.from(
          posterior[modality].inferred.subarray(result.first, result.first + rows),
          (mark) => mark === 1,
        );
        return `${key}${JSON.stringify(marks)}`;
      });
      text += `,"inferred":{${inferred.join()}}`;
    }
    return `${text}}`;
  }

  *#rows(there: readonly Names[], result: BatchResult, rows: number, field: Field): Steps<string> {
    const tables = there.map(({ modality }) => field(result, modality));
    let text = '[';
    for (let row = 0; row < rows; row++) {
      if (row % STEP === STEP - 1) yield;
      text += row === 0 ? '{' : ',{';
      for (let m = 0; m < there.length; m++) {
        const { key, latents } = there[m];
        text += `${m === 0 ? '' : ','}${key}{`;
        const first = (result.first + row) * latents.length;
        for (let z = 0; z < latents.length; z++) {
          text += `${z === 0 ? '' : ','}${latents[z]}${jsonText(tables[m][first + z])}`;
        }
        text += '}';
      }
      text += '}';
    }
    return `${text}]`;
  }

  *#columns(there: readonly Names[], result: BatchResult, rows: number, field: Field): Steps<string> {
    const texts: string[] = [];
    for (const { modality, key, latents } of there) {
      const table = field(result, modality);
      const columns: string[] = [];
      for (const [z, name] of latents.entries()) {
        let values = '';
        for (let row = 0; row < rows; row++) {
          if (row % STEP === STEP - 1) yield;
          values += `${row === 0 ? '' : ','}${jsonText(table[(result.first + row) * latents.length + z])}`;
        }
        columns.push(`${name}[${values}]`);
      }
      texts.push(`${key}{${columns.join()}}`);
    }
    return `{${texts.join()}}`;
  }
}

function jsonText(value: number): string {
  return Number.isFinite(value) ? floatText(value) : 'null';
}
