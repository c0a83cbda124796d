// The symbol of `await using`, where a browser has none of its own yet: the one that esbuild's lowered statements ask
// for.

/** Stands for `Symbol.asyncDispose` in the bundle (scripts/build-web.mjs). */
export const asyncDispose: symbol =
  (Object.getOwnPropertyDescriptor(Symbol, 'asyncDispose')?.value as symbol | undefined) ??
  Symbol.for('Symbol.asyncDispose');
