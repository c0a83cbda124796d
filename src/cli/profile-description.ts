// Reads the times of kernels from the description of a program (docs/explanation/engine.md, "describe").

import * as z from 'zod';

const kernelSchema = z.object({
  kernel: z.string(),
  label: z.string(),
  calls: z.number(),
  seconds: z.number(),
  /** Operations and bytes of one call. */
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

/** Parses a description. @param text result of `Program.describe` for a program with the option `profile` */
export function parseDescription(text: string): Description {
  return descriptionSchema.parse(JSON.parse(text));
}
