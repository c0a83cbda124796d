// Latents as JSON, in the form that their subjects came in. Numbers are float32 and written with as few digits as say
// so: half of what JSON.stringify writes of the same double.

import type { LatentNode } from '../causal/index.js';
import { floatText } from '../files/float-text.js';
import type { Found } from './batcher.js';
import type { Steps } from './slices.js';

/** Rows of a step. */
const STEP = 16;

/** Of a modality: its name and those of its latents, `z1`, `z2`, …, as JSON. */
interface Names {
  readonly modality: string;
  readonly key: string;
  readonly latents: readonly string[];
}

type Field = (found: Found, modality: string) => ArrayLike<number>;

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

  /** `{"latents":…}`, of a posterior with `sd` and, by modality, what is `inferred`. */
  *write(found: Found, rows: number, form: 'rows' | 'columns'): Steps<string> {
    const there = this.#names.filter(({ modality }) => modality in found.latents);
    const field = (of: Field): Steps<string> =>
      form === 'rows' ? this.#rows(there, found, rows, of) : this.#columns(there, found, rows, of);
    let text = `{"latents":${yield* field(({ latents }, modality) => latents[modality])}`;
    const { posterior } = found;
    if (posterior) {
      text += `,"sd":${yield* field((_, modality) => posterior[modality].sd)}`;
      const inferred = there.map(({ modality, key }) => {
        const marks = Array.from(
          posterior[modality].inferred.subarray(found.first, found.first + rows),
          (mark) => mark === 1,
        );
        return `${key}${JSON.stringify(marks)}`;
      });
      text += `,"inferred":{${inferred.join()}}`;
    }
    return `${text}}`;
  }

  *#rows(there: readonly Names[], found: Found, rows: number, field: Field): Steps<string> {
    const tables = there.map(({ modality }) => field(found, modality));
    let text = '[';
    for (let row = 0; row < rows; row++) {
      if (row % STEP === STEP - 1) yield;
      text += row === 0 ? '{' : ',{';
      for (let m = 0; m < there.length; m++) {
        const { key, latents } = there[m];
        text += `${m === 0 ? '' : ','}${key}{`;
        const first = (found.first + row) * latents.length;
        for (let z = 0; z < latents.length; z++) {
          text += `${z === 0 ? '' : ','}${latents[z]}${jsonText(tables[m][first + z])}`;
        }
        text += '}';
      }
      text += '}';
    }
    return `${text}]`;
  }

  *#columns(there: readonly Names[], found: Found, rows: number, field: Field): Steps<string> {
    const texts: string[] = [];
    for (const { modality, key, latents } of there) {
      const table = field(found, modality);
      const own: string[] = [];
      for (const [z, name] of latents.entries()) {
        let values = '';
        for (let row = 0; row < rows; row++) {
          if (row % STEP === STEP - 1) yield;
          values += `${row === 0 ? '' : ','}${jsonText(table[(found.first + row) * latents.length + z])}`;
        }
        own.push(`${name}[${values}]`);
      }
      texts.push(`${key}{${own.join()}}`);
    }
    return `{${texts.join()}}`;
  }
}

function jsonText(value: number): string {
  return Number.isFinite(value) ? floatText(value) : 'null';
}
