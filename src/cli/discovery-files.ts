// Files and formats of discovered graphs.

import { extname } from 'node:path';
import {
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  causalGraphToMatrix,
  causalGraphToText,
  type CausalGraph,
} from '../causal/discovery/index.js';
import type { AnnotatedEdge, GraphContext } from '../causal/graph-json.js';
import { InputError } from '../errors/errors.js';
import { writeFileAtomic } from '../files/atomic.js';
import { encodeNpy } from '../files/npy.js';
import { causalGraphSvg } from '../report/index.js';

/** A discovered graph with the content of a file. */
export interface DrawnDiscovery extends GraphContext {
  readonly graph: CausalGraph;
  readonly edges: readonly AnnotatedEdge[];
}

type Writer = (discovery: DrawnDiscovery) => string | Promise<string>;

export const WRITERS = {
  json: ({ graph, edges, ...context }) => causalGraphToJson(graph, edges, context),
  dot: ({ graph, edges }) => causalGraphToDot(graph, edges),
  graphml: ({ graph, edges }) => causalGraphToGraphml(graph, edges),
  svg: ({ graph, edges, undrawn }) => causalGraphSvg(graph, edges, { undrawn }),
  'causal-learn': ({ graph }) => causalGraphToText(graph),
} as const satisfies Record<string, Writer>;

export type GraphFileFormat = keyof typeof WRITERS;

const EXTENSIONS: Readonly<Record<string, GraphFileFormat>> = {
  '.json': 'json',
  '.dot': 'dot',
  '.gv': 'dot',
  '.graphml': 'graphml',
  '.svg': 'svg',
  '.txt': 'causal-learn',
  '.npy': 'causal-learn',
  '.csv': 'causal-learn',
};

/** Returns the format of a file by its extension. @throws InputError `unknown-format` */
export function formatOf(path: string): GraphFileFormat {
  const format = Object.hasOwn(EXTENSIONS, extname(path)) ? EXTENSIONS[extname(path)] : undefined;
  if (format !== undefined) return format;
  throw new InputError(
    'unknown-format',
    `${path}: the extension does not determine a format. Use ${Object.keys(EXTENSIONS).join(', ')}, or --format`,
  );
}

/** Writes a graph. @throws FileError `unwritable`, `disk-full` */
export async function writeDiscovery(path: string, format: GraphFileFormat, discovery: DrawnDiscovery): Promise<void> {
  const { graph } = discovery;
  if (format === 'causal-learn' && extname(path) === '.npy') {
    const size = graph.variables.length;
    await writeFileAtomic(path, encodeNpy({ shape: [size, size], data: BigInt64Array.from(graph.marks, BigInt) }));
  } else if (format === 'causal-learn' && extname(path) === '.csv') {
    await writeFileAtomic(path, causalGraphToMatrix(graph, ','));
  } else {
    await writeFileAtomic(path, await WRITERS[format](discovery));
  }
}
