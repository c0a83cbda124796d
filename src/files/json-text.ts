// The schema of a text that is JSON. It has a separate file, because an import of this package loads no zod.

import * as z from 'zod';

/** Returns the schema of a text that is JSON of the given schema. */
export function jsonText<Content extends z.ZodType>(content: Content) {
  const parse = (text: string, context: z.RefinementCtx): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('is not JSON');
      return z.NEVER;
    }
  };
  return z.string().transform(parse).pipe(content);
}
