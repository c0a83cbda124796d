// The symbol of `await using` for browsers without `Symbol.asyncDispose`. It equals the symbol in the code that esbuild
// generates for `await using`.

/** Replaces `Symbol.asyncDispose` in the bundle (scripts/build-web.mjs). */
export const asyncDispose: symbol =
  (Object.getOwnPropertyDescriptor(Symbol, 'asyncDispose')?.value as symbol | undefined) ??
  Symbol.for('Symbol.asyncDispose');
