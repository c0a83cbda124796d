// A text in tokens, for the readers of DOT and GraphML.

export interface TokenMatch {
  /** The expression's named groups; those of alternatives that did not match are undefined. */
  readonly groups: Readonly<Partial<Record<string, string>>>;
  readonly start: number;
  readonly end: number;
}

/** The matches of a sticky expression, until one fails. */
export function* tokenMatches(text: string, expression: RegExp): Generator<TokenMatch> {
  for (const { groups = {}, index, 0: token } of text.matchAll(expression)) {
    yield { groups, start: index, end: index + token.length };
  }
}
