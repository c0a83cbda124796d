// Lines of numbers separated by blanks, from the pieces of a text: Matrix Market's entries.

import { parsePlainNumber } from './plain-number.js';

const LINE_FEED = 0x0a;
const BLANK = 0x20;
/** Longest line, in bytes. */
const MAX_LINE = 2 ** 16;

/** Where a text is something else. */
export class LineError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Lines {
  /** Texts of the first lines, as long as it wants more. */
  readonly head: (text: string, line: number) => 'more' | 'enough';
  /** The numbers of every later line that is not empty; the array is filled anew. */
  readonly row: (numbers: Float64Array, count: number, line: number) => void;
}

/** @throws LineError for a line that is longer, has more than three numbers, or something that is none */
export async function readLines(chunks: AsyncIterable<Uint8Array>, { head, row }: Lines): Promise<void> {
  const numbers = new Float64Array(3);
  let rest: Uint8Array = new Uint8Array(0);
  let line = 0;
  let isHead = true;
  const read = (bytes: Buffer, start: number, end: number): void => {
    line++;
    if (isHead) {
      isHead = head(bytes.toString('utf8', start, end), line) === 'more';
      return;
    }
    let count = 0;
    for (let at = start; at < end;) {
      while (at < end && bytes[at] <= BLANK) at++;
      if (at === end) break;
      const first = at;
      while (at < end && bytes[at] > BLANK) at++;
      if (count === numbers.length) throw new LineError(line, 'it has more than three numbers');
      if (!parsePlainNumber(bytes, first, at, numbers, count)) {
        const text = bytes.toString('utf8', first, at);
        numbers[count] = Number(text);
        if (Number.isNaN(numbers[count]) && !/^[+-]?nan$/i.test(text)) {
          throw new LineError(line, `'${text.slice(0, 40)}' is no number`);
        }
      }
      count++;
    }
    if (count > 0) row(numbers, count, line);
  };
  for await (const chunk of chunks) {
    const bytes =
      rest.length > 0 ? Buffer.concat([rest, chunk]) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    let start = 0;
    for (let end = bytes.indexOf(LINE_FEED); end >= 0; end = bytes.indexOf(LINE_FEED, start)) {
      read(bytes, start, end);
      start = end + 1;
    }
    if (bytes.length - start > MAX_LINE) throw new LineError(line + 1, `it is longer than ${MAX_LINE} bytes`);
    rest = Uint8Array.prototype.slice.call(bytes, start);
  }
  if (rest.length > 0) read(Buffer.from(rest), 0, rest.length);
}
