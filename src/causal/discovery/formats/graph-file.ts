// Reads a graph from a file in any supported format. The extension determines the format.

import { checkArgument } from '../../../errors/argument.js';
import { extname } from 'node:path';
import { InputError } from '../../../errors/errors.js';
import { readText } from '../../../files/bytes.js';
import { readNpy } from '../../../files/npy.js';
import { causalGraphFromJson } from '../../graph-json.js';
import { graphFromMatrix, type CausalGraph } from '../causal-graph.js';
import { causalGraphFromDot } from './dot-reader.js';
import { causalGraphFromGraphml } from './graphml-reader.js';
import { causalGraphFromMatrix, causalGraphFromText } from './text-format.js';

type Reader = (text: string, source: string) => CausalGraph;

const READERS: Readonly<Record<string, Reader>> = {
  '.json': causalGraphFromJson,
  '.dot': causalGraphFromDot,
  '.gv': causalGraphFromDot,
  '.graphml': causalGraphFromGraphml,
  '.txt': causalGraphFromText,
  '.csv': (text, source) => causalGraphFromMatrix(text, undefined, source),
};

export const GRAPH_EXTENSIONS: readonly string[] = [...Object.keys(READERS), '.npy'];

/**
 * Reads JSON (also of a graph over latents), DOT, GraphML, the text format of causal-learn (.txt), or its matrix (.csv
 * with or without a line of names, .npy).
 * @throws InputError `missing-file`, `unknown-format`, `invalid-json`, `invalid-graph`, `duplicate-variable`,
 *   `unknown-variable`, `invalid-edge`, `shape-mismatch`, `no-variables`, and what {@link readNpy} throws
 */
export async function readCausalGraph(path: string): Promise<CausalGraph> {
  checkArgument('readCausalGraph: path', path, 'text');
  const extension = extname(path).toLowerCase();
  if (!GRAPH_EXTENSIONS.includes(extension)) {
    throw new InputError(
      'unknown-format',
      `${path}: the extension is not one of a graph format: ${GRAPH_EXTENSIONS.join(', ')}`,
    );
  }
  if (extension === '.npy') {
    const { shape, data } = await readNpy(path);
    if (shape.length !== 2 || shape[0] !== shape[1]) {
      throw new InputError('shape-mismatch', `${path} has the shape [${shape.join(', ')}]; a graph is a square matrix`);
    }
    return graphFromMatrix(
      Array.from({ length: shape[0] }, (_, i) => ({ name: `X${i + 1}` })),
      Array.from<number | bigint | string, number>(data, Number),
    );
  }
  return READERS[extension](await readText(path), path);
}
