// Builds one tensor graph of a fitted model's encoders, from columns to latents. Networks and component maps are
// translated from the model's graph, operation by operation.

import type { ModalityScales } from '../data/dataset.js';
import { valueCount } from '../data/observation.js';
import { data, type Node } from '../graph/index.js';
import type { ParameterValues } from '../inference/batch-program.js';
import { MultimodalModel, type ModelConfig } from '../networks/multimodal.js';
import { dataName, maskName } from '../networks/sources.js';
import type { Observed } from '../networks/observation-network.js';
import { translations } from './operations.js';
import { preparedInput, type InputColumn, type PreparedInput } from './preparation.js';
import { GraphBuilder, SUBJECTS, type TensorGraph } from './tensor-graph.js';
import { translate } from './translation.js';

export interface ExportedModality {
  readonly name: string;
  /** Name of the graph's input; `output` is that of its output. */
  readonly input: string;
  readonly output: string;
  /** Columns of a table in the order of the input; channels of images and series. */
  readonly columns: readonly InputColumn[];
  readonly latents: readonly string[];
  /** True if single values may be missing; they are NaN then. */
  readonly missing: boolean;
}

export interface EncoderGraph {
  readonly graph: TensorGraph;
  readonly modalities: readonly ExportedModality[];
}

export interface FittedEncoders {
  readonly model: ModelConfig;
  /** Scales of the model's modalities, in its order. */
  readonly columns: readonly ModalityScales[];
  readonly parameters: ParameterValues;
}

/** Batch sizes for which the graph is built. Extents that differ between both graphs contain the batch. */
const BATCHES = [2, 3] as const;

/**
 * Builds the tensor graph.
 * @throws InputError `cannot-export` if ONNX operators cannot express the model
 */
export function encoderGraph({ model: config, columns, parameters }: FittedEncoders): EncoderGraph {
  const model = new MultimodalModel(config, 1);
  const { layout } = model;
  const graph = new GraphBuilder();
  const inputs = columns.map((scales) => preparedInput(scales, graph));
  const isMissing = inputs.map(({ values }) => graph.add('IsNaN', [values]));
  const leaves = new Map<string, string>();
  layout.groups.forEach(({ members, observation }, g) => {
    const count = valueCount(observation);
    const joined = (each: (m: number) => string): string => {
      const flat = graph.add('Transpose', [graph.concat(members.map(each), 1)], { perm: [1, 0] });
      return graph.reshape(flat, [1, members.length, count, -1]);
    };
    const zero = graph.scalar(0);
    const known = (m: number): string => graph.add('Where', [isMissing[m], zero, inputs[m].values]);
    leaves.set(
      dataName(g),
      joined((m) => (observation.masked ? known(m) : inputs[m].values)),
    );
    const marks = (m: number): string => graph.cast(graph.add('Not', [isMissing[m]]), 'float32');
    if (observation.masked) leaves.set(maskName(g), joined(marks));
  });

  const [output, other] = BATCHES.map((batch) => latentsOf(model, batch));
  const extents = graph.add('Shape', [inputs[0].port.name]);
  const batch = graph.slice(extents, 0, 0, 1);
  const z = translate(output, other, { graph, table: translations, parameters, leaves, batch });
  const modalities = layout.modalities.map(({ name, latents, observation }, m): ExportedModality => {
    const ofModality = graph.slice(z, 1, layout.offsets[m], layout.offsets[m] + latents);
    const table = graph.add('Transpose', [graph.reshape(ofModality, [latents, -1])], { perm: [1, 0] });
    const exported = `${name}.z`;
    graph.output(
      { name: exported, type: 'float32', shape: [SUBJECTS, latents] },
      withoutAbsent(graph, table, { config, inputs, isMissing, modality: m }),
    );
    return {
      name,
      input: inputs[m].port.name,
      output: exported,
      columns: inputs[m].columns,
      latents: Array.from({ length: latents }, (_, i) => `${name}.z${i + 1}`),
      missing: observation.masked,
    };
  });
  return { graph: graph.build(), modalities };
}

function latentsOf(model: MultimodalModel, batch: number): Node {
  const x = model.layout.groups.map(({ members, observation }, g): Observed => {
    const leaf = (name: string): Node => data(name, [1, members.length, valueCount(observation), batch]);
    return { values: leaf(dataName(g)), ...(observation.masked && { observed: leaf(maskName(g)) }) };
  });
  return model.latents(model.inferLatents(x).mean);
}

interface Absence {
  readonly config: ModelConfig;
  readonly inputs: readonly PreparedInput[];
  readonly isMissing: readonly string[];
  readonly modality: number;
}

/**
 * Sets latents to NaN for subjects who lack the whole modality, or a modality that shares latents with it: an encoder
 * cannot infer these.
 */
function withoutAbsent(graph: GraphBuilder, latents: string, { config, isMissing, modality }: Absence): string {
  const sharing = config.shared?.modalities ?? [];
  const needed = sharing.includes(modality) ? sharing : [modality];
  return needed
    .filter((m) => config.modalities[m].observation.masked)
    .reduce((value, m) => {
      const seen = graph.cast(graph.add('Not', [isMissing[m]]), 'float32');
      const any = graph.add('ReduceMax', [seen], { axes: [1], keepdims: 1 });
      return graph.add('Where', [graph.add('Greater', [any, graph.scalar(0)]), value, graph.scalar(NaN)]);
    }, latents);
}
