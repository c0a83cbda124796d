// Converts a simulation to tables and the text of a study file.

import type { OutputColumn } from '../files/csv-text.js';
import { EXOGENOUS } from './graph.js';
import type { SimulatedModality, Simulation } from './simulate.js';

export const SIMULATION_FORMATS = ['csv', 'parquet', 'npz'] as const;

export type SimulationFormat = (typeof SIMULATION_FORMATS)[number];

/** Returns the columns. A subject without the modality has no row, and a missing value is NaN. */
export function tableColumns(ids: readonly string[], { x, observed, columns }: SimulatedModality): OutputColumn[] {
  const isObserved = (at: number) => !observed || observed[at] === 1;
  const rows = [...ids.keys()].filter((row) => !observed || hasValue(observed, row * columns, columns));
  const values = Array.from({ length: columns }, (_, column) => ({
    name: `x${column + 1}`,
    values: Float64Array.from(rows, (row) => {
      const at = row * columns + column;
      return isObserved(at) ? x[at] : NaN;
    }),
  }));
  return [{ name: 'id', values: rows.map((row) => ids[row]) }, ...values];
}

function hasValue(observed: Uint8Array, from: number, count: number): boolean {
  return observed.subarray(from, from + count).includes(1);
}

function kindTexts(kinds: NonNullable<SimulatedModality['kinds']>): string[] {
  return kinds.flatMap((kind, column) => (kind === 'gaussian' ? [] : [`x${column + 1}: ${kind}`]));
}

/** Returns true if every cause comes before its effects. @param adjacency row child, column parent */
function isOrdered(adjacency: Int8Array): boolean {
  const width = Math.sqrt(adjacency.length);
  return adjacency.every((edge, at) => edge === 0 || at % width < Math.floor(at / width));
}

/** Returns the text of the study file. */
export function studyText(
  { case: name, options, modalities, latents, shared, splitSizes, adjacency }: Simulation,
  format: SimulationFormat,
): string {
  const { mechanism, noise, heteroscedastic } = options;
  const entries = modalities.map(({ name: modality, kinds }) => {
    const keys = `table: ${modality}.${format}, latents: ${latents}, exogenous: ${EXOGENOUS}`;
    return `  ${modality}: { ${keys}${kinds ? `, kinds: { ${kindTexts(kinds).join(', ')} }` : ''} }`;
  });
  return [
    `# Simulated ${name}: ${mechanism} mechanisms, ${heteroscedastic ? 'heteroscedastic ' : ''}${noise} ` +
      `noise, seed ${options.seed}.`,
    '# The truth is in truth.npz (latents, graph) and truth-graph.json.',
    `study: ${name}-seed${options.seed}`,
    'id: id',
    'modalities:',
    ...entries,
    ...(shared > 0 ? [`shared: { latents: ${shared} }`] : []),
    // The causal order of a case is known, unlike that of a real study.
    ...(isOrdered(adjacency) ? ['sparsity: { order: assumed }'] : []),
    `split: { validation: ${splitSizes.validation}, test: ${splitSizes.test}, seed: ${splitSizes.seed} }`,
    '',
  ].join('\n');
}
