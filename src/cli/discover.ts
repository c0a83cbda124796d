// interlatent discover TABLE…: the causal graph over columns of tables, and latents of a RUN
// (docs/causal-discovery.md).

import { extname } from 'node:path';
import { Command, Option } from 'commander';
import {
  ALGORITHMS,
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToJson,
  causalGraphToMatrix,
  causalGraphToText,
  COLLIDER_PRIORITIES,
  COLLIDER_RULES,
  edgeSymbol,
  COMPATIBILITY_CHOICES,
  PENALTY,
  SCORE_NAMES,
  TEST_NAMES,
  type BackgroundKnowledge,
  type Compatibility,
  type CompatibilityChoice,
  type Discovery,
  type DiscoverOptions,
  type ScoreName,
  type TestName,
} from '../causal/discovery/index.js';
import { asWritten, MOST_RESAMPLES, type Interval } from '../causal/discovery/bootstrap.js';
import { penaltyOf } from '../causal/discovery/discover.js';
import { causalGraphContent } from '../causal/graph-json.js';
import { signedText } from '../causal/sign-text.js';
import { InputError } from '../errors.js';
import { withForbidden } from '../evidence/index.js';
import { writeFileAtomic } from '../files/atomic.js';
import { readText } from '../files/bytes.js';
import { encodeNpy } from '../files/npy.js';
import { causalGraphSvg } from '../report/index.js';
import type { DeviceName } from '../runtime/device.js';
import { readColumns } from './discover-columns.js';
import { checkRefitFlags, readRefits } from './discover-refits.js';
import { discoverWithProgress, lackingText, printResampling } from './discovery-progress.js';
import { interruptible, Interrupted } from './interrupt.js';
import { print, printable, printJson, pValue, table } from './output.js';
import { deviceOption, jsonOption, MAX_THREADS, numberBetween, positive, wholeNumber } from './settings.js';

type Writer = (discovery: Discovery) => string | Promise<string>;

const WRITERS = {
  json: ({ graph, edges, bootstrap }) => causalGraphToJson(graph, edges, bootstrap),
  dot: ({ graph, edges }) => causalGraphToDot(graph, edges),
  graphml: ({ graph, edges }) => causalGraphToGraphml(graph, edges),
  svg: ({ graph, edges }) => causalGraphSvg(graph, edges),
  'causal-learn': ({ graph }) => causalGraphToText(graph),
} as const satisfies Record<string, Writer>;

type Format = keyof typeof WRITERS;

const EXTENSIONS: Readonly<Record<string, Format>> = {
  '.json': 'json',
  '.dot': 'dot',
  '.gv': 'dot',
  '.graphml': 'graphml',
  '.svg': 'svg',
  '.txt': 'causal-learn',
  '.npy': 'causal-learn',
  '.csv': 'causal-learn',
};

const TEXTS = {
  fisherz: 'none',
  mixed: 'binary',
  chisq: 'all',
  gsq: 'all',
  kci: 'none',
  rcit: 'none',
} as const satisfies Record<TestName, string>;

const SCORE_TEXTS = {
  bic: 'none',
  bdeu: 'all',
  'degenerate-gaussian': 'binary',
} as const satisfies Record<ScoreName, string>;

/** Bytes of a file of background knowledge. */
const MAX_KNOWLEDGE = 2 ** 20;

type Flags = Required<
  Pick<DiscoverOptions, 'algorithm' | 'test' | 'alpha' | 'rule' | 'priority' | 'score' | 'bootstrap' | 'seed'>
> &
  Pick<
    DiscoverOptions,
    'maxConditioning' | 'threshold' | 'penalty' | 'equivalentSampleSize' | 'structurePrior' | 'compatibility'
  > & {
    id?: string;
    columns?: string[];
    tiers?: string;
    threads?: number;
    workers?: number;
    bootstrapFit?: boolean;
    study?: string;
    device: DeviceName;
    inSample?: boolean;
    out?: string;
    format?: Format;
    json?: boolean;
  };

export function discoverCommand(): Command {
  return new Command('discover')
    .description('the causal graph over columns of tables, or over the latents of a fit, by conditional independence')
    .argument('<table...>', 'tables (joined by --id) and RUN folders, whose latents become columns')
    .option('--id <column>', 'subject id: joins several tables, is no variable')
    .option('--columns <names>', 'variables to use, separated by commas (default: all)', (text) => text.split(','))
    .addOption(
      new Option('--algorithm <name>', 'fci where common causes may be unmeasured, ges by scores instead of tests')
        .choices(ALGORITHMS)
        .default('pc'),
    )
    .addOption(new Option('--test <name>', 'of independence').choices(TEST_NAMES).default('fisherz'))
    .option('--alpha <p>', 'independent above this p-value', numberBetween('--alpha', 0, 1), 0.05)
    .addOption(new Option('--rule <name>', 'which triples are colliders').choices(COLLIDER_RULES).default('sepset'))
    .addOption(new Option('--priority <name>', 'which collider wins').choices(COLLIDER_PRIORITIES).default('existing'))
    .addOption(
      new Option('--score <name>', 'of ges: linear and continuous, discrete, or both kinds')
        .choices(SCORE_NAMES)
        .default('bic'),
    )
    .option(
      '--penalty <factor>',
      `of an edge in the scores of ges but bdeu; 1 is BIC (default: ${PENALTY})`,
      positive('--penalty'),
    )
    .option(
      '--equivalent-sample-size <n>',
      'rows that the prior of bdeu counts for (default: 1)',
      positive('--equivalent-sample-size'),
    )
    .option(
      '--structure-prior <n>',
      'parents per variable that bdeu expects (default: 1)',
      positive('--structure-prior'),
    )
    .option(
      '--compatibility <choices>',
      `decide as causal-learn where it decides otherwise: causal-learn, or some of ${COMPATIBILITY_CHOICES.join(',')}`,
      (text): Compatibility => (text === 'causal-learn' ? text : (text.split(',') as CompatibilityChoice[])),
    )
    .option('--tiers <file>', 'background knowledge, YAML or JSON: tiers, forbidden, required')
    .option('--max-conditioning <n>', 'most variables to condition on', wholeNumber('--max-conditioning', 0))
    .option('--bootstrap <n>', 'resamples, for edge frequencies', wholeNumber('--bootstrap', 0, MOST_RESAMPLES), 0)
    .option('--bootstrap-fit', 'resample the subjects of the RUN before fitting: each resample fits and searches anew')
    .option('--study <file>', 'study of the RUN, for --bootstrap-fit (default: the one that RUN was fitted on)')
    .addOption(deviceOption('where --bootstrap-fit fits'))
    .option('--threshold <share>', 'keep edges found in this share of resamples', numberBetween('--threshold', 0, 1))
    .option('--in-sample', 'latents of a RUN as trained on these very subjects: p-values are too small')
    .option('--threads <n>', 'worker threads (default: one per core)', wholeNumber('--threads', 1, MAX_THREADS))
    .option(
      '--workers <n>',
      'with --bootstrap-fit: resamples that are fitted at a time, which share the threads (default: 1)',
      wholeNumber('--workers', 1, MAX_THREADS),
    )
    .option('--seed <n>', 'of the resamples', wholeNumber('--seed', 0), 0)
    .option('--out <file>', 'write the graph; the extension says how unless --format does')
    .addOption(new Option('--format <format>', 'print or write the graph in this form').choices(Object.keys(WRITERS)))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
--bootstrap alone resamples the latents of a RUN as they are: the shares tell how steady the search is. With
--bootstrap-fit each resample draws subjects (whole groups where the study has them), fits both halves of them anew,
matches the latents and searches: the shares tell how steady fitting and search are together. Each takes
about a fifth of the time of the fit. docs/evidence.md explains both.

  interlatent discover body.csv blood.csv --id subject --tiers tiers.yaml --bootstrap 100 --out graph.svg
  interlatent discover runs/a --bootstrap 100 --out graph.json
  interlatent discover runs/a --bootstrap 50 --bootstrap-fit --out graph.json`,
    )
    .action(run);
}

async function run(
  paths: string[],
  { id, columns: wanted, tiers, threads, workers, bootstrapFit, study, device, inSample = false, ...rest }: Flags,
): Promise<void> {
  const { out, format, json, ...options } = rest;
  const form = format ?? (out === undefined ? undefined : formatOf(out));
  const known = tiers === undefined ? undefined : await readKnowledge(tiers);
  const flags = { ...options, bootstrapFit, study, workers, device, inSample };
  checkRefitFlags(flags);
  const texts = options.algorithm === 'ges' ? SCORE_TEXTS[options.score] : TEXTS[options.test];
  const choice = { id, columns: wanted, texts, inSample };
  const { columns, runs, ids, leftOut, lacking, unrelated, forbidden } = await readColumns(paths, choice);
  const knowledge = withForbidden(known, forbidden);
  const ofRun = await readRefits(runs, flags);
  const refits = ofRun && { ...ofRun, ids };
  const found = await interruptible(async (signal) => {
    try {
      const progress = refits && !json ? 'lines' : 'bar';
      return await discoverWithProgress(columns, { ...options, knowledge, threads, signal }, progress, refits);
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  const { bootstrap } = found;
  if (out !== undefined && form !== undefined) await write(out, form, found);
  if (json) {
    const { graph, edges, separations, tests, fewestRows, mostRows } = found;
    const rows = columns[0].values.length;
    printJson({
      ...options,
      penalty: penaltyOf(options),
      rows,
      tests,
      fewestRows,
      mostRows,
      leftOut,
      lacking,
      inSample,
      unrelated,
      ...causalGraphContent(graph, edges),
      separations,
      bootstrap,
      out,
    });
  } else if (form !== undefined && out === undefined) {
    print((await WRITERS[form](found)).trimEnd());
  } else {
    const counted = options.algorithm === 'ges' ? 'local scores' : 'tests';
    printDiscovery(found, { rows: columns[0].values.length, counted, leftOut, out, hasLatents: runs.length > 0 });
    if (lacking > 0) print(lackingText(lacking));
    for (const [a, b] of unrelated) {
      print(`no edges between ${a} and ${b}: cross-fitting finds nothing that they share`);
    }
    if (inSample) {
      print('Careful: latents of a RUN were trained on these subjects; their p-values and shares are too good.');
    }
  }
}

function formatOf(path: string): Format {
  const format = Object.hasOwn(EXTENSIONS, extname(path)) ? EXTENSIONS[extname(path)] : undefined;
  if (format !== undefined) return format;
  throw new InputError(
    'unknown-format',
    `${path}: the extension says no format; use ${Object.keys(EXTENSIONS).join(', ')}, or --format`,
  );
}

async function write(path: string, format: Format, found: Discovery): Promise<void> {
  const { graph } = found;
  if (format === 'causal-learn' && extname(path) === '.npy') {
    const size = graph.variables.length;
    await writeFileAtomic(path, encodeNpy({ shape: [size, size], data: BigInt64Array.from(graph.marks, BigInt) }));
  } else if (format === 'causal-learn' && extname(path) === '.csv') {
    await writeFileAtomic(path, causalGraphToMatrix(graph, ','));
  } else {
    await writeFileAtomic(path, await WRITERS[format](found));
  }
}

async function readKnowledge(path: string): Promise<BackgroundKnowledge> {
  const text = await readText(path, MAX_KNOWLEDGE);
  const { readKnowledgeText } = await import('./knowledge-text.js');
  return readKnowledgeText(text, path);
}

function printDiscovery(
  found: Discovery,
  {
    rows,
    counted,
    leftOut,
    out,
    hasLatents,
  }: { rows: number; counted: string; leftOut: readonly string[]; out: string | undefined; hasLatents: boolean },
): void {
  const { graph, edges, tests, fewestRows, mostRows, bootstrap } = found;
  const range = fewestRows === mostRows ? String(mostRows) : `${fewestRows} to ${mostRows}`;
  print(
    `${graph.variables.length} variables, ${rows} rows; ${tests} ${counted} on ${range} rows; ${edges.length} edges`,
  );
  if (leftOut.length > 0) print(`left out, texts: ${leftOut.join(', ')}`);
  if (edges.length > 0) {
    const header = ['from', '', 'to', 'ρ', 'largest p', ...(bootstrap ? ['found', '95 %', 'this way', '95 %'] : [])];
    const cells = edges.map((edge) => [
      ...[edge.from, edgeSymbol(edge), edge.to, signedText(edge.association)],
      ...[pValue(edge.p), ...frequencyCells(edge)],
    ]);
    print(`\n${table(header, cells)}`);
    print('\nρ: rank correlation of the two columns, with nothing held fixed');
    for (const { name, levels } of graph.variables) {
      if (levels) print(`${printable(name)} rises from ${printable(levels[0])} to ${printable(levels[1])}`);
    }
  }
  if (bootstrap) {
    const { resamples, seed } = bootstrap;
    print(`\nfound, this way, with their 95 % intervals: shares of ${resamples} resamples, seed ${seed}`);
  }
  if (bootstrap && hasLatents) printResampling(bootstrap);
  if (out !== undefined) print(`\nWritten to ${out}`);
}

/** How often an edge was found, and with the marks it is written with, each with its interval. */
function frequencyCells(edge: Discovery['edges'][number]): (number | string)[] {
  const { frequencies, intervals } = edge;
  if (frequencies === undefined || intervals === undefined) return [];
  const shown = (interval: Interval) => interval.map((end) => end.toFixed(2)).join(' … ');
  return [
    ...[frequencies.adjacent, shown(intervals.adjacent)],
    ...[asWritten(edge, frequencies), shown(intervals.asWritten)],
  ];
}
