import "./chunk-BPCHXMC3.js";

// src/training/lock-holder.ts
import * as z from "zod";
var schema = z.object({
  pid: z.int(),
  host: z.string(),
  /** Boot id of the kernel, if it has one. Containers on a machine share it, but have different host names. */
  boot: z.string().optional(),
  /** ISO 8601 */
  since: z.string()
});
function parseHolder(text) {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return void 0;
  }
}
export {
  parseHolder
};
