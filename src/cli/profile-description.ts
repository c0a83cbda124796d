// What a program's description says about the time of its kernels (docs/explanation/engine.md, "describe").

import * as z from 'zod';

const kernelSchema = z.object({
  kernel: z.string(),
  label: z.string(),
  calls: z.number(),
  seconds: z.number(),
  /** Of one call. */
  flops: z.number(),
  bytes: z.number(),
});
const profileSchema = z.object({ profile: z.record(z.string(), z.array(kernelSchema)) });
const descriptionSchema = z.discriminatedUnion('backend', [
  profileSchema.extend({ backend: z.literal('cpu'), isa: z.string(), threads: z.number() }),
  profileSchema.extend({ backend: z.literal('cuda'), device: z.string(), computeCapability: z.string() }),
]);

export type KernelTime = z.infer<typeof kernelSchema>;
export type Description = z.infer<typeof descriptionSchema>;

/** @param text of `Program.describe`, loaded with the option `profile` */
export function parseDescription(text: string): Description {
  return descriptionSchema.parse(JSON.parse(text));
}
