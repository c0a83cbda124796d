// Tells what breaks the property: once for every place that throws, at first as it was found, since making it shorter
// may take long or end the worker; then the shortest input that gets there.

import { digestOf, type Finding } from './order.js';
import { shrink } from './shrink.js';

/** Too much time of the processor, or memory. */
export class TooMuch extends Error {
  constructor(
    readonly unit: 'seconds' | 'megabytes',
    amount: string,
  ) {
    super(`takes ${amount} ${unit}`);
  }
}

export class Teller {
  readonly #told = new Set<string>();
  readonly #post: (finding: Finding) => void;

  constructor(post: (finding: Finding) => void) {
    this.#post = post;
  }

  /** @param give runs an input again, and answers what was wrong */
  async tell(bytes: Uint8Array, wrong: unknown, give: (bytes: Uint8Array) => unknown): Promise<void> {
    const described = async (input: Uint8Array): Promise<string | undefined> => {
      Error.stackTraceLimit = 10;
      const error = await give(input);
      Error.stackTraceLimit = 0;
      if (error === undefined) return undefined;
      return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : JSON.stringify(error);
    };
    const isTooMuch = wrong instanceof TooMuch;
    const what = isTooMuch ? wrong.message : ((await described(bytes)) ?? String(wrong));
    const place = isTooMuch ? wrong.unit : placeOf(what);
    if (this.#told.has(place)) return;
    this.#told.add(place);
    this.#post({ bytes, what });
    if (isTooMuch) return;
    const isSame = async (shorter: Uint8Array): Promise<boolean> => {
      const own = await described(shorter);
      return own !== undefined && placeOf(own) === place;
    };
    const shorter = await shrink(bytes, isSame);
    if (shorter.length < bytes.length) this.#post({ bytes: shorter, what, insteadOf: digestOf(bytes) });
  }
}

/** The kind of error and where it was thrown, without what it says of the input. */
function placeOf(what: string): string {
  const lines = what.split('\n');
  const name = lines[0].split(':', 1)[0];
  return [name, ...lines.filter((line) => /^ {4}at /.test(line)).slice(0, 3)].join('\n');
}
