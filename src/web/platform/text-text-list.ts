// Lists of texts for a page. It has few subjects, so a list is an array.

export class GrowingTexts {
  readonly #strings: string[] = [];

  get length(): number {
    return this.#strings.length;
  }

  push(text: string): void {
    this.#strings.push(text);
  }

  finish(): readonly string[] {
    return this.#strings;
  }
}

export function textList(texts: Iterable<string>): readonly string[] {
  return [...texts];
}

export function packedOf(): undefined {
  return undefined;
}
