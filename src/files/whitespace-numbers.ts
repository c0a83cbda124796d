// Reads lines of numbers separated by blanks, such as the entries of Matrix Market files.

import { parsePlainNumber } from './plain-number.js';

const LINE_FEED = 0x0a;
const BLANK = 0x20;
/** Longest line, in bytes. */
const MAX_LINE = 2 ** 16;

/** Error for other text, with its line. */
export class LineError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

export interface Lines {
  /** Receives the first lines as texts, until it returns `enough`. */
  readonly head: (text: string, line: number) => 'more' | 'enough';
  /** Receives the numbers of every later line that is not empty. The array is reused. */
  readonly row: (numbers: Float64Array, count: number, line: number) => void;
}

/** Reads all lines. @throws LineError for a line that is too long, has more than three numbers, or other text */
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
          throw new LineError(line, `'${text.slice(0, 40)}' is not a number`);
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
