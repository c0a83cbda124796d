// interlatent graph RUN|FILE: writes a graph in a format for readers or for other programs, or compares it with another
// graph.

import { extname } from 'node:path';
import { Command, Option } from 'commander';
import {
  causalEdges,
  causalGraphFromJson,
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  causalGraphToText,
  compareCausalGraphs,
  GRAPH_EXTENSIONS,
  graphToDot,
  graphToGraphml,
  graphToJson,
  readCausalGraph,
  type CausalGraph,
  type GraphComparison,
  type LatentGraph,
} from '../causal/index.js';
import { discoveryFromJson } from '../causal/graph-json.js';
import { conclusionsOf, describeConclusions, judgedGraph, type DescribedConclusions } from '../conclusions/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { causalGraphSvg, graphSvg, readDiscovery, shownGraph, type ReportDiscovery } from '../report/index.js';
import { readRun } from '../training/run-folder.js';
import { print, printJson, table } from './output.js';
import { jsonOption } from './settings.js';
import { describe } from './help.js';

interface Writers<Graph> {
  readonly [format: string]: (graph: Graph, title: string) => string | Promise<string>;
}

const LATENT_WRITERS: Writers<LatentGraph> = {
  json: graphToJson,
  dot: graphToDot,
  graphml: graphToGraphml,
  svg: (graph, title) => graphSvg(graph, { title }),
};

/** A graph from a file, with the figures of its edges. */
type FileGraph = Pick<ReportDiscovery, 'graph' | 'edges' | 'halfSamples' | 'undrawn'>;

const CAUSAL_WRITERS: Writers<FileGraph> = {
  json: ({ graph, edges, ...context }) => causalGraphToJson(graph, edges, context),
  dot: ({ graph, edges }) => causalGraphToDot(graph, edges),
  graphml: ({ graph, edges }) => causalGraphToGraphml(graph, edges),
  svg: ({ graph, edges, undrawn }) => causalGraphSvg(graph, edges, { undrawn }),
  'causal-learn': ({ graph }) => causalGraphToText(graph),
};

interface Flags {
  readonly format: string;
  readonly out?: string;
  readonly truth?: string;
  readonly json?: boolean;
}

export function graphCommand(): Command {
  const command = new Command('graph')
    .argument('<run>', 'RUN folder of a fit, or a graph: .json, .dot, .gv, .graphml, .txt, .csv, .npy.')
    .addOption(
      new Option('--format <format>', 'Format of the output.').choices(Object.keys(CAUSAL_WRITERS)).default('json'),
    )
    .option('--out <file>', 'Write to this file instead of the standard output.')
    .option('--truth <graph>', 'Compare with this graph (or RUN) of the same variables instead.')
    .addOption(jsonOption());
  return describe(command, {
    description: 'Prints the graph over the latents of a fit, or a graph from a file, or compares it with a known one.',
    examples: [
      'interlatent graph runs/study --format svg --out graph.svg',
      ['interlatent graph estimate.graphml --format causal-learn', 'convert a file'],
      ['interlatent graph estimate.json --truth truth.dot', 'compare two graphs'],
    ],
  }).action(run);
}

async function run(path: string, { format, out, truth, json }: Flags): Promise<void> {
  if (truth !== undefined) {
    const comparison = compareCausalGraphs(await anyGraph(truth), await anyGraph(path));
    if (json === true) printJson(comparison);
    else printComparison(comparison);
    return;
  }
  const text = await written(path, format);
  if (out === undefined) print(text.trimEnd());
  else await writeFileAtomic(out, text);
}

async function written(path: string, format: string): Promise<string> {
  if (isGraphFile(path)) return CAUSAL_WRITERS[format](await readGraphFile(path), path);
  const { graph: fitted, summary } = await readRun(path);
  const all = judgedGraph(fitted, summary);
  if (format === 'json') return withConclusions(graphToJson(all), describeConclusions({ graph: fitted, summary }));
  // A drawing has no space to mark untested edges.
  const graph = format === 'svg' ? shownGraph(all, conclusionsOf(fitted, summary)) : all;
  if (format in LATENT_WRITERS) return LATENT_WRITERS[format](graph, summary.study);
  return CAUSAL_WRITERS[format](withEdges(causalGraphFromJson(graphToJson(graph), path)), summary.study);
}

/** Reads a graph. Only JSON files have more than edges. */
async function readGraphFile(path: string): Promise<FileGraph> {
  if (extname(path).toLowerCase() !== '.json') return withEdges(await readCausalGraph(path));
  const text = await readText(path);
  return discoveryFromJson(text, path) ? readDiscovery(text, path) : withEdges(causalGraphFromJson(text, path));
}

function withEdges(graph: CausalGraph): FileGraph {
  return { graph, edges: causalEdges(graph) };
}

/** Returns the JSON of a graph with the conclusions, and the sentences about them, as additional fields. */
function withConclusions(json: string, described: DescribedConclusions): string {
  const end = json.lastIndexOf('}');
  const fields = Object.entries(described).map(([name, value]) => `  "${name}": ${JSON.stringify(value)}`);
  return `${json.slice(0, end).trimEnd()},\n${fields.join(',\n')}\n}\n`;
}

async function anyGraph(path: string): Promise<CausalGraph> {
  if (isGraphFile(path)) return readCausalGraph(path);
  const { graph } = await readRun(path);
  return causalGraphFromJson(graphToJson(graph), path);
}

/** True if the extension is that of a graph. Any other path is a RUN. */
function isGraphFile(path: string): boolean {
  return GRAPH_EXTENSIONS.includes(extname(path).toLowerCase());
}

function printComparison({ adjacency, arrow, ...counts }: GraphComparison): void {
  print(
    table(
      ['', ''],
      [
        ['structural Hamming distance', counts.distance],
        ['the same, reversals counted twice', counts.distanceReversalTwice],
        ['edges of the truth', counts.trueEdges],
        ['edges of this graph', counts.estimatedEdges],
        ['missing', counts.missing],
        ['extra', counts.extra],
        ['reversed', counts.reversed],
        ['otherwise marked', counts.otherwiseMarked],
        ['adjacency precision', adjacency.precision],
        ['adjacency recall', adjacency.recall],
        ['arrowhead precision', arrow.precision],
        ['arrowhead recall', arrow.recall],
      ],
    ),
  );
}
