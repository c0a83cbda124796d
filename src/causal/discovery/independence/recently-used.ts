// A small cache that drops the least recently used value.

export class RecentlyUsed<Value> {
  readonly #values = new Map<string, Value>();

  constructor(
    readonly capacity: number,
    readonly release: (value: Value) => void = () => undefined,
  ) {}

  get(key: string, make: () => Value): Value {
    const known = this.#values.get(key);
    const value = known ?? make();
    this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.capacity) {
      const [oldest, dropped] = this.#values.entries().next().value!;
      this.#values.delete(oldest);
      this.release(dropped);
    }
    return value;
  }
}
