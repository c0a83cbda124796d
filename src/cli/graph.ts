// interlatent graph RUN: the causal graph over the latents, for people and for other programs.

import { Command, Option } from 'commander';
import { graphToDot, graphToGraphml, graphToJson, type LatentGraph } from '../causal/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { graphSvg } from '../report/index.js';
import { readRun } from '../training/run-folder.js';
import { print } from './output.js';

const WRITERS: Record<string, (graph: LatentGraph, title: string) => string | Promise<string>> = {
  json: graphToJson,
  dot: graphToDot,
  graphml: graphToGraphml,
  svg: (graph, title) => graphSvg(graph, { title }),
};

export function graphCommand(): Command {
  return new Command('graph')
    .description('print the graph over the latents: edges, strengths, agreement of the runs')
    .argument('<run>', 'RUN folder of a fit')
    .addOption(new Option('--format <format>', 'how to write it').choices(Object.keys(WRITERS)).default('json'))
    .option('--out <file>', 'write to a file instead')
    .action(async (run: string, options: { format: string; out?: string }) => {
      const { graph, summary } = await readRun(run);
      const text = await WRITERS[options.format](graph, summary.study);
      if (options.out === undefined) print(text.trimEnd());
      else await writeFileAtomic(options.out, text);
    });
}
