// What lock.json says: who holds the lock of a folder.

import * as z from 'zod';

const schema = z.object({
  pid: z.int(),
  host: z.string(),
  /** Of the running kernel, where it has one; containers on a machine share it, though not their host names. */
  boot: z.string().optional(),
  /** ISO 8601 */
  since: z.string(),
});

/** Who holds a lock. */
export type Holder = z.infer<typeof schema>;

/** Undefined for a file that says nothing. */
export function parseHolder(text: string): Holder | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
