// Reports inputs that break the property, one for each place that throws. The original input is reported first, because
// shortening it may take long or end the worker. The shortest input with the same error follows.

import { digestOf, type Finding } from './order.js';
import { shrink } from './shrink.js';

/** An input took too much processor time or memory. */
export class LimitExceeded extends Error {
  constructor(
    readonly unit: 'seconds' | 'megabytes',
    amount: string,
  ) {
    super(`takes ${amount} ${unit}`);
  }
}

export class FindingReporter {
  readonly #reported = new Set<string>();
  readonly #post: (finding: Finding) => void;

  constructor(post: (finding: Finding) => void) {
    this.#post = post;
  }

  /** Reports an input. @param run runs an input again and returns its error */
  async report(bytes: Uint8Array, wrong: unknown, run: (bytes: Uint8Array) => unknown): Promise<void> {
    const described = async (input: Uint8Array): Promise<string | undefined> => {
      Error.stackTraceLimit = 10;
      const error = await run(input);
      Error.stackTraceLimit = 0;
      if (error === undefined) return undefined;
      return error instanceof Error ? (error.stack ?? `${error.name}: ${error.message}`) : JSON.stringify(error);
    };
    const isLimit = wrong instanceof LimitExceeded;
    const what = isLimit ? wrong.message : ((await described(bytes)) ?? String(wrong));
    const place = isLimit ? wrong.unit : placeOf(what);
    if (this.#reported.has(place)) return;
    this.#reported.add(place);
    this.#post({ bytes, what });
    if (isLimit) return;
    const isSame = async (shorter: Uint8Array): Promise<boolean> => {
      const error = await described(shorter);
      return error !== undefined && placeOf(error) === place;
    };
    const shorter = await shrink(bytes, isSame);
    if (shorter.length < bytes.length) this.#post({ bytes: shorter, what, insteadOf: digestOf(bytes) });
  }
}

/** Returns the kind of an error and the place that throws it, without its message about the input. */
function placeOf(what: string): string {
  const lines = what.split('\n');
  const name = lines[0].split(':', 1)[0];
  return [name, ...lines.filter((line) => /^ {4}at /.test(line)).slice(0, 3)].join('\n');
}
