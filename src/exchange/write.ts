// Writes an exported model: one ONNX file, or a folder for NumPy.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkOneOf } from '../errors/argument.js';
import { makeFolder, writeFileAtomic } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { writeSafetensors } from '../files/safetensors.js';
import { InputError } from '../errors/errors.js';
import { packageRoot } from '../runtime/package.js';
import type { SavedRun } from '../training/run-folder.js';
import { encoderGraph, type EncoderGraph } from './encoder-graph.js';
import { encodeOnnx } from './onnx.js';
import { ELEMENT_CODES, type Port } from './tensor-graph.js';

export const EXPORT_FORMATS = ['onnx', 'python'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export interface ExportOptions {
  /** `onnx`: one file; `python`: a folder with safetensors, JSON and a NumPy program that reads them. */
  readonly format: ExportFormat;
  /** Licence of the model, for instance an SPDX identifier. The export contains it. */
  readonly licence?: string | undefined;
}

/** exchange/encode.py, copied unchanged. */
const PYTHON_READER = join(packageRoot, 'dist', 'encode.py');

type ExportedRun = Pick<SavedRun, 'summary' | 'parameters'>;

/**
 * Writes an exported model.
 * @param path of the file, or of the folder, which must not be a RUN folder
 * @throws InputError `invalid-option`, `cannot-export`, `folder-exists`; FileError `unwritable`, `disk-full`
 */
export async function writeExport(path: string, run: ExportedRun, options: ExportOptions): Promise<void> {
  checkOneOf('format', options.format, EXPORT_FORMATS);
  const { summary, parameters } = run;
  const encoders = encoderGraph({ model: summary.model, columns: summary.columns, parameters });
  if (options.format === 'onnx') await writeFileAtomic(path, onnxBytes(run, encoders, options));
  else await writePython(path, run, encoders, options);
}

/**
 * Returns a description of the export: program version, study, inputs and outputs. It contains no data of single
 * subjects.
 */
function description({ summary }: ExportedRun, { modalities }: EncoderGraph, { licence }: ExportOptions) {
  const { version, study, fingerprint } = summary;
  return { format: 'interlatent-export', version, study, fingerprint, ...(licence && { licence }), modalities };
}

function onnxBytes(run: ExportedRun, encoders: EncoderGraph, options: ExportOptions): Uint8Array {
  const { summary } = run;
  const details = description(run, encoders, options);
  const inputs = encoders.modalities.map(({ input }) => input).join(', ');
  return encodeOnnx(encoders.graph, {
    name: summary.study,
    producer: 'interlatent',
    version: summary.version,
    text:
      `Encoders of the study "${summary.study}": ${inputs} in the units of its tables, NaN where a value is missing, ` +
      'to latents. The metadata "interlatent" lists columns and latents as JSON.',
    metadata: { interlatent: JSON.stringify(details), ...(options.licence && { license: options.licence }) },
  });
}

async function writePython(
  folder: string,
  run: ExportedRun,
  encoders: EncoderGraph,
  options: ExportOptions,
): Promise<void> {
  if (await exists(join(folder, 'run.json'))) {
    throw new InputError('folder-exists', `${folder} is a RUN folder; choose another one for the export`, { folder });
  }
  const { inputs, outputs, nodes, tensors } = encoders.graph;
  const coded = (port: Port) => ({ ...port, type: ELEMENT_CODES[port.type] });
  // Only ONNX distinguishes floats from whole numbers.
  const plain = nodes.map(({ attributes, ...node }) => ({
    ...node,
    attributes: Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [
        name,
        typeof value === 'object' && 'float' in value ? value.float : value,
      ]),
    ),
  }));
  const graph = { inputs: inputs.map(coded), outputs: outputs.map(coded), nodes: plain };
  const details = description(run, encoders, options);
  await makeFolder(folder);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  await writeFileAtomic(join(folder, 'encode.py'), await readFile(PYTHON_READER));
  await writeFileAtomic(join(folder, 'README.md'), readme(encoders, options));
  await writeFileAtomic(join(folder, 'model.json'), `${JSON.stringify({ ...details, graph }, null, 1)}\n`);
}

function readme({ modalities, graph }: EncoderGraph, { licence = 'not stated' }: ExportOptions): string {
  const rows = modalities.map(({ input, output, columns, latents, missing }) => {
    const shape = graph.inputs.find(({ name }) => name === input)!.shape.join(' × ');
    const names = columns.map(({ name, levels }) => (levels ? `${name} (0 … ${levels.length - 1})` : name)).join(', ');
    return `| ${input} | ${shape} | ${names} | ${missing ? 'NaN' : 'no'} | ${output}: ${latents.join(', ')} |`;
  });
  return `# Encoders for NumPy

\`\`\`python
from encode import Model

latents = Model().encode({${modalities.map(({ input }) => `'${input}': ${input}`).join(', ')}})
\`\`\`

| input | shape | columns | missing values | output |
|---|---|---|---|---|
${rows.join('\n')}

Values are in the units of the training tables; columns of levels contain positions in the lists of \`model.json\`.
Licence: ${licence}.
`;
}
