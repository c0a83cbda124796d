// Where a page computes: WebGPU where it is given a device, and the float64 reference elsewhere.

export const MATMUL_PRECISIONS = ['float32', 'tf32', 'bfloat16'] as const;

/** What the reference computes by; no kernels of its own are asked for. */
export const CPU = {
  backend: 'reference',
  name: 'reference',
  description: 'float64 reference in JavaScript',
  kernels: new Set<string>(),
} as const;

/** What a backend of a page computes. */
export function matmulPrecisionOf(): 'float32' {
  return 'float32';
}
