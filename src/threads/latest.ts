// Passes values to an asynchronous reader. A slow reader receives the latest value and misses earlier ones.
// `MultimodalCausalModel.start` gives the progress of a fit in this way.

export class Latest<Item> implements AsyncIterable<Item> {
  #item: { readonly value: Item } | undefined;
  #end: { readonly error?: unknown } | undefined;
  #wake: () => void = () => undefined;

  set(value: Item): void {
    this.#item = { value };
    this.#wake();
  }

  /** Ends the iteration. @param error error that is thrown to the reader after the last item */
  end(...error: readonly [] | readonly [error: unknown]): void {
    this.#end = error.length === 0 ? {} : { error: error[0] };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    for (;;) {
      const item = this.#item;
      this.#item = undefined;
      if (item) {
        yield item.value;
      } else if (this.#end) {
        if ('error' in this.#end) throw this.#end.error;
        return;
      } else {
        await new Promise<void>((wake) => (this.#wake = wake));
      }
    }
  }
}
