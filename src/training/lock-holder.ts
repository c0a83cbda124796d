// The content of lock.json: the process that holds the lock of a folder.

import * as z from 'zod';
import { jsonText } from '../files/json-text.js';

const schema = z.object({
  pid: z.int(),
  host: z.string(),
  /** Boot id of the kernel, if it has one. Containers on a machine share it, but have different host names. */
  boot: z.string().optional(),
  /** ISO 8601 */
  since: z.string(),
});

/** The process that holds a lock. */
export type Holder = z.infer<typeof schema>;

/** Returns the holder that a lock file names; undefined if the file names none. */
export function parseHolder(text: string): Holder | undefined {
  return jsonText(schema).safeParse(text).data;
}
