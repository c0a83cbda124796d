// Writes latents as JSON, in the form of the request: rows or columns. Numbers have the fewest digits that determine a
// float32, which is half of what JSON.stringify writes for the same double.

import type { LatentNode } from '../causal/index.js';
import { MAX_CHARACTERS, writeFloat } from '../files/float-text.js';
import type { BatchResult } from './batcher.js';
import type { Steps } from './slices.js';

/** Numbers per step of a generator, which take less than 0.1 ms. */
const STEP = 512;
/** Maximum number of characters around a number, without the text before it. */
const SPARE = 4;
const NULL = Buffer.from('null');
const COMMA = Buffer.from(',');
/** Text behind the last latent of a row. */
const END = Buffer.from('}}');

/** A modality: its name, its key in JSON, and the keys of its latents `z1`, `z2`, … in JSON. */
interface Names {
  readonly modality: string;
  readonly key: string;
  readonly latents: readonly string[];
  /** Text before each latent in a row, if the modality is the first of the row, and if it follows another one. */
  readonly before: { readonly first: readonly Buffer[]; readonly later: readonly Buffer[] };
}

type Field = (result: BatchResult, modality: string) => ArrayLike<number>;

/** A number in a row: the latent, and the text before it. */
interface Place {
  readonly before: Buffer;
  readonly table: ArrayLike<number>;
  readonly latent: number;
  /** Number of latents of the modality. */
  readonly width: number;
}

export class LatentWriter {
  readonly #names: readonly Names[];

  /** @param nodes latents of the model's graph */
  constructor(nodes: readonly LatentNode[]) {
    const modalities = [...new Set(nodes.map(({ modality }) => modality))];
    this.#names = modalities.map((modality) => {
      const key = `${JSON.stringify(modality)}:`;
      const latents = nodes.filter((node) => node.modality === modality).map(({ index }) => `"z${index + 1}":`);
      const after = (opening: string): Buffer[] =>
        latents.map((name, z) => Buffer.from(`${z === 0 ? `${opening}${key}{` : ','}${name}`));
      return { modality, key, latents, before: { first: after('{'), later: after('},') } };
    });
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
    const places = there.flatMap(({ modality, before: { first, later }, latents }, m) => {
      const table = field(result, modality);
      return (m === 0 ? first : later).map((before, latent): Place => {
        return { before, table, latent, width: latents.length };
      });
    });
    let text = '[';
    for (let row = 0; row < rows;) {
      const until = Math.min(rows, row + Math.ceil(STEP / places.length));
      const bytes = roomFor((until - row) * places.length, places);
      let at = 0;
      for (; row < until; row++) {
        if (row > 0) at = copy(COMMA, bytes, at);
        for (const { before, table, latent, width } of places) {
          at = copy(before, bytes, at);
          at = writeNumber(bytes, at, table[(result.first + row) * width + latent]);
        }
        at = copy(END, bytes, at);
      }
      text += bytes.toString('utf8', 0, at);
      if (row < rows) yield;
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
        for (let row = 0; row < rows;) {
          const until = Math.min(rows, row + STEP);
          const bytes = roomFor(until - row, []);
          let at = 0;
          for (; row < until; row++) {
            if (row > 0) at = copy(COMMA, bytes, at);
            at = writeNumber(bytes, at, table[(result.first + row) * latents.length + z]);
          }
          values += bytes.toString('latin1', 0, at);
          yield;
        }
        columns.push(`${name}[${values}]`);
      }
      texts.push(`${key}{${columns.join()}}`);
    }
    return `{${texts.join()}}`;
  }
}

/** All texts are assembled here. A generator empties it before it pauses. */
let shared = Buffer.alloc(0);

/** Returns room for this many numbers, each with the longest text before it and a few more characters. */
function roomFor(numbers: number, places: readonly Place[]): Buffer {
  const longest = Math.max(0, ...places.map(({ before }) => before.length));
  const size = numbers * (longest + MAX_CHARACTERS + SPARE);
  if (shared.length < size) shared = Buffer.alloc(2 * size);
  return shared;
}

/** Copies short text. A loop is faster than `Buffer.copy`. Returns the position behind it. */
function copy(from: Buffer, to: Buffer, at: number): number {
  for (let i = 0; i < from.length; i++) to[at + i] = from[i];
  return at + from.length;
}

function writeNumber(bytes: Buffer, at: number, value: number): number {
  return Number.isFinite(value) ? writeFloat(bytes, at, value) : copy(NULL, bytes, at);
}
