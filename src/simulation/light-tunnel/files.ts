// Writes the simulated light tunnel as a study: a table per modality, images, the environments, the study file, and the
// truth.

import { graphFromAdjacency, graphToJson } from '../../causal/index.js';
import { writeFileAtomic } from '../../files/atomic.js';
import { npyHeader, type NpyArray } from '../../files/npy.js';
import { writeTable } from '../../files/read-table.js';
import { meanAndSd } from '../../metrics/vectors.js';
import { newStudyFolder, STUDY_FILE } from '../new-folder.js';
import { Streams } from '../streams.js';
import { SUBJECTS_TABLE, type SimulationFormat } from '../tables.js';
import { images } from './camera.js';
import { tunnelLatents, type LightTunnel } from './light-tunnel.js';
import { COLOURS, ENVIRONMENTS, SETTINGS, TUNNEL_GRAPH } from './settings.js';

/** Subjects whose images are in memory together. */
const CHUNK = 1024;
const CAUSE = 'environment';
const CAMERA = 'camera';
const IMAGES = `${CAMERA}.npy`;

/** Writes the study. @returns the paths of the files @throws as `writeSimulation` */
export async function writeLightTunnel(
  tunnel: LightTunnel,
  folder: string,
  { format = 'csv' }: { readonly format?: SimulationFormat } = {},
): Promise<string[]> {
  const files = await newStudyFolder(folder);
  const { ids, environments, tables, colours } = tunnel;
  for (const { name, columns } of tables) {
    await files.file(`${name}.${format}`, (path) => writeTable(path, [{ name: 'id', values: ids }, ...columns]));
  }
  const levels = Array.from(environments, (environment) => ENVIRONMENTS[environment]);
  await files.file(`${SUBJECTS_TABLE}.${format}`, (path) =>
    writeTable(path, [
      { name: 'id', values: ids },
      { name: CAUSE, values: levels },
    ]),
  );
  if (colours) await files.file(IMAGES, (path) => writeImages(path, tunnel, colours));
  const { writeNpz } = await import('../../files/npz.js');
  await files.file('truth.npz', (path) => writeNpz(path, truthOf(tunnel, levels)));
  const sizes = tables.map(({ name, settings }) => ({ name, latents: settings.length }));
  await files.file('truth-graph.json', (path) =>
    writeFileAtomic(path, graphToJson(graphFromAdjacency(sizes, adjacencyOf(tunnel)))),
  );
  await files.file(STUDY_FILE, (path) => writeFileAtomic(path, tunnelStudy(tunnel, format)));
  return files.paths;
}

/** Returns the graph over the latents of the tables: row child, column parent. */
function adjacencyOf({ tables }: LightTunnel): Int8Array {
  const latents = tunnelLatents(tables);
  const edges = latents.flatMap((child) =>
    latents.map((parent) => TUNNEL_GRAPH[child.setting * SETTINGS.length + parent.setting]),
  );
  return Int8Array.from(edges);
}

function truthOf(tunnel: LightTunnel, levels: readonly string[]): [string, NpyArray][] {
  const { ids, values, effects, tables } = tunnel;
  const latents = tunnelLatents(tables);
  const width = SETTINGS.length;
  const rows = ENVIRONMENTS.slice(1).map((level) => `${CAUSE}=${level}`);
  const select = (table: ArrayLike<number>, count: number) =>
    Array.from({ length: count }, (_, row) => latents.map(({ setting }) => table[row * width + setting])).flat();
  const targets = SETTINGS.flatMap((_, level) => latents.map(({ setting }) => Number(setting === level)));
  return [
    ['id', { shape: [ids.length], data: ids }],
    ['z', { shape: [ids.length, latents.length], data: Float64Array.from(select(values, ids.length)) }],
    ['adjacency', { shape: [latents.length, latents.length], data: adjacencyOf(tunnel) }],
    [CAUSE, { shape: [ids.length], data: levels }],
    ['columns', { shape: [latents.length], data: latents.map(({ name }) => name) }],
    ['target_rows', { shape: [rows.length], data: rows }],
    ['targets', { shape: [rows.length, latents.length], data: Int8Array.from(targets) }],
    ['effect_rows', { shape: [rows.length], data: rows }],
    ['effects', { shape: [rows.length, latents.length], data: Float64Array.from(select(effects, rows.length)) }],
  ];
}

/** Writes the images chunk by chunk: all of them may exceed memory. */
async function writeImages(path: string, { options, ids }: LightTunnel, colours: Float64Array): Promise<void> {
  const { imageSize: size, measurementNoise, seed } = options;
  const channels = Array.from({ length: COLOURS }, (_, c) => colours.filter((_value, at) => at % COLOURS === c));
  const noise = measurementNoise > 0 && {
    sds: channels.map((values) => measurementNoise * meanAndSd(values).sd),
    random: new Streams(seed).measurement(0xffff),
  };
  await writeFileAtomic(path, async (file) => {
    await file.writeFile(npyHeader([ids.length, size, size, COLOURS], '|u1'));
    for (let first = 0; first < ids.length; first += CHUNK) {
      const chunk = colours.subarray(first * COLOURS, (first + CHUNK) * COLOURS);
      await file.writeFile(images(chunk, size, noise || undefined));
    }
  });
}

/** Returns the text of the study file. */
export function tunnelStudy({ options, tables, colours, splitSizes }: LightTunnel, format: SimulationFormat): string {
  const { seed, knownTargets, measurementNoise } = options;
  const targets = tunnelLatents(tables).map(({ name, setting }) => {
    const known = knownTargets === 'modalities' ? name.slice(0, name.lastIndexOf('.')) : name;
    return `${SETTINGS[setting]}: ${known}`;
  });
  const keys = [
    `table: ${SUBJECTS_TABLE}.${format}, column: ${CAUSE}, kind: categorical, reference: ${ENVIRONMENTS[0]}`,
    'assigned: true, effect: perfect',
    ...(knownTargets === 'none' ? [] : [`targets: { ${targets.join(', ')} }`]),
  ];
  const source = `images: { array: ${IMAGES}, table: ${SUBJECTS_TABLE}.${format} }`;
  return [
    `# Light tunnel, simulated from its published models, noise ${measurementNoise}, seed ${seed}.`,
    '# The truth is in truth.npz (latents, graph, targets, effects) and truth-graph.json.',
    `study: light-tunnel-seed${seed}`,
    'id: id',
    'causes:',
    `  ${CAUSE}: { ${keys.join(', ')} }`,
    'modalities:',
    // An image has one colour: three numbers.
    ...(colours ? [`  ${CAMERA}: { ${source}, latents: ${COLOURS}, exogenous: 0 }`] : []),
    ...tables.map(
      ({ name, settings }) => `  ${name}: { table: ${name}.${format}, latents: ${settings.length}, exogenous: 0 }`,
    ),
    'sparsity: { graph: acyclic }',
    `split: { validation: ${splitSizes.validation}, test: ${splitSizes.test}, seed: ${splitSizes.seed} }`,
    '',
  ].join('\n');
}
