// How values say what a notebook shows of them. Deno's kernel of Jupyter calls this method of the last value of a cell,
// as do kernels of Node that follow the same rule.

export const NOTEBOOK: unique symbol = Symbol.for('Jupyter.display');

/** Forms of a value by MIME type. A notebook shows the richest one that it knows. */
export type MimeBundle = Readonly<Record<string, string>>;

/** Adds the method to an object. It is not enumerable, so that copies and JSON do not have it. */
export function shownInNotebooks<T extends object>(value: T, show: () => MimeBundle | Promise<MimeBundle>): T {
  return Object.defineProperty(value, NOTEBOOK, { value: show, enumerable: false });
}
