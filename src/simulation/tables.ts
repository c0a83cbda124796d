// Converts a simulation to tables and the text of a study file.

import type { OutputColumn } from '../files/csv-text.js';
import { CASES } from './cases.js';
import { EXOGENOUS } from './graph.js';
import type { SimulatedCause } from './causes.js';
import type { SimulatedModality, Simulation } from './simulate.js';

export const SIMULATION_FORMATS = ['csv', 'parquet', 'npz'] as const;

export type SimulationFormat = (typeof SIMULATION_FORMATS)[number];

/** Table of the causes and batches of the subjects. */
export const SUBJECTS_TABLE = 'subjects';
const BATCH_COLUMN = 'batch';

/** Returns the columns of causes and batches; undefined if there are none. */
export function subjectColumns({ ids, causes = [], batches }: Simulation): OutputColumn[] | undefined {
  if (causes.length === 0 && !batches) return undefined;
  return [
    { name: 'id', values: ids },
    ...causes.map(({ name, kind, levels, values }) => ({
      name,
      values: kind === 'categorical' ? Array.from(values, (level) => levels![level]) : values,
    })),
    ...(batches ? [{ name: BATCH_COLUMN, values: Array.from(batches.values, (batch) => `b${batch + 1}`) }] : []),
  ];
}

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

/** Returns the targets that the study file gives, by level, or by * for a dose; undefined if it gives none. */
export function knownTargets(
  { kind, levels = [], targets }: SimulatedCause,
  { options, modalities, latents }: Simulation,
): Record<string, string[]> | undefined {
  if (options.knownTargets === 'none') return undefined;
  const width = modalities.length * latents;
  const names = Array.from({ length: width }, (_, at) => {
    const modality = modalities[Math.floor(at / latents)].name;
    return options.knownTargets === 'modalities' ? modality : `${modality}.z${(at % latents) + 1}`;
  });
  const rows = kind === 'categorical' ? levels.slice(1) : ['*'];
  const lists = rows.map((level, row): [string, string[]] => [
    level,
    [...new Set(names.filter((_, at) => targets[row * width + at] === 1))],
  ]);
  // A study file cannot say that a level has no target.
  return Object.fromEntries(lists.filter(([, list]) => list.length > 0));
}

function targetsText(targets: Readonly<Record<string, readonly string[]>>): string {
  const lists = Object.entries(targets).map(([level, list]) => [level, `[${list.join(', ')}]`] as const);
  const [first] = lists;
  return first[0] === '*'
    ? `targets: ${first[1]}`
    : `targets: { ${lists.map((entry) => entry.join(': ')).join(', ')} }`;
}

function causeText(cause: SimulatedCause, simulation: Simulation, format: SimulationFormat): string {
  const { name, kind, levels, effect } = cause;
  const targets = knownTargets(cause, simulation);
  const keys = [
    `table: ${SUBJECTS_TABLE}.${format}`,
    `column: ${name}`,
    `kind: ${kind}`,
    `reference: ${kind === 'categorical' ? levels![0] : 0}`,
    'assigned: true',
    `effect: ${effect}`,
    ...(targets && Object.keys(targets).length > 0 ? [targetsText(targets)] : []),
  ];
  return `  ${name}: { ${keys.join(', ')} }`;
}

/** Returns the text of the study file. */
export function studyText(simulation: Simulation, format: SimulationFormat): string {
  const { case: name, options, modalities, latents, shared, splitSizes, adjacency, causes = [], batches } = simulation;
  const { mechanism, noise, heteroscedastic } = options;
  const entries = modalities.map(({ name: modality, kinds }) => {
    const keys = `table: ${modality}.${format}, latents: ${latents}, exogenous: ${EXOGENOUS}`;
    const batch = `batch: { table: ${SUBJECTS_TABLE}.${format}, column: ${BATCH_COLUMN} }`;
    const further = [
      ...(kinds ? [`kinds: { ${kindTexts(kinds).join(', ')} }`] : []),
      ...(batches?.modality === modality ? [batch] : []),
    ];
    return `  ${modality}: { ${[keys, ...further].join(', ')} }`;
  });
  const known = ['latents', 'graph', ...(causes.length > 0 ? ['targets', 'effects'] : [])];
  return [
    `# Simulated ${name}: ${mechanism} mechanisms, ${heteroscedastic ? 'heteroscedastic ' : ''}${noise} ` +
      `noise, seed ${options.seed}.`,
    `# The truth is in truth.npz (${known.join(', ')}) and truth-graph.json.`,
    `study: ${name}-seed${options.seed}`,
    'id: id',
    ...(causes.length > 0 ? ['causes:', ...causes.map((cause) => causeText(cause, simulation, format))] : []),
    'modalities:',
    ...entries,
    ...(shared > 0 ? [`shared: { latents: ${shared} }`] : []),
    ...('sharing' in CASES[name] ? ['shared: auto'] : []),
    // The causal order of a case is known, unlike that of a real study.
    ...(modalities.length > 1 && isOrdered(adjacency) ? ['sparsity: { order: assumed }'] : []),
    `split: { validation: ${splitSizes.validation}, test: ${splitSizes.test}, seed: ${splitSizes.seed} }`,
    '',
  ].join('\n');
}
