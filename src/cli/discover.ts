// interlatent discover TABLE…: the causal graph over columns of tables, and latents of a RUN
// (docs/causal-discovery.md).

import { Command, Option } from 'commander';
import {
  ALGORITHMS,
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
import { asWritten, MAX_HALF_SAMPLES, type Interval } from '../causal/discovery/half-samples.js';
import { penaltyOf } from '../causal/discovery/discover.js';
import { causalGraphContent } from '../causal/graph-json.js';
import { signedText } from '../causal/sign-text.js';
import { InputError } from '../errors.js';
import { readText } from '../files/bytes.js';
import { isFolder } from '../files/exists.js';
import type { DeviceName } from '../runtime/device.js';
import { readColumns } from './discover-columns.js';
import { checkRefitFlags } from './discover-refits.js';
import { checkLatentOptions, discoverRun } from './discover-run.js';
import { formatOf, writeDiscovery, WRITERS, type GraphFileFormat } from './discovery-files.js';
import { discoverWithProgress } from './discovery-progress.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printLevels } from './latent-discovery-text.js';
import { print, printJson, pValue, table } from './output.js';
import { deviceOption, jsonOption, MAX_THREADS, numberBetween, positive, wholeNumber } from './settings.js';

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
  Pick<DiscoverOptions, 'algorithm' | 'test' | 'alpha' | 'rule' | 'priority' | 'score' | 'halfSamples' | 'seed'>
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
    refit?: boolean;
    study?: string;
    device: DeviceName;
    out?: string;
    format?: GraphFileFormat;
    json?: boolean;
  };

export function discoverCommand(): Command {
  return new Command('discover')
    .description('the causal graph over columns of tables, or over the latents of a fit and columns')
    .argument('<table...>', 'tables (joined by --id), and at most one RUN folder, whose latents take part')
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
    .option(
      '--half-samples <n>',
      'pairs of disjoint halves of the rows, for the shares of edges',
      wholeNumber('--half-samples', 0, MAX_HALF_SAMPLES),
      0,
    )
    .option('--refit', 'halve the subjects of the RUN before fitting: each half-sample is fitted and searched anew')
    .option('--study <file>', 'study of the RUN, for --refit (default: the one that RUN was fitted on)')
    .addOption(deviceOption('where --refit fits'))
    .option('--threshold <share>', 'keep edges found in this share of half-samples', numberBetween('--threshold', 0, 1))
    .option('--threads <n>', 'worker threads (default: one per core)', wholeNumber('--threads', 1, MAX_THREADS))
    .option(
      '--workers <n>',
      'with --refit: half-samples that are fitted at a time, which share the threads (default: 1)',
      wholeNumber('--workers', 1, MAX_THREADS),
    )
    .option('--seed <n>', 'of the half-samples', wholeNumber('--seed', 0), 0)
    .option('--out <file>', 'write the graph; the extension says how unless --format does')
    .addOption(new Option('--format <format>', 'print or write the graph in this form').choices(Object.keys(WRITERS)))
    .addOption(jsonOption())
    .addHelpText(
      'after',
      `
Measured columns are searched by PC, FCI, or GES. Latents of a RUN, alone or with columns, are searched by error-aware
tests of held-out subjects; --algorithm, --test, --alpha, and the like do not go with a RUN. An arrowhead is drawn where
tiers or required edges say so (assumed), or where a collider is replicated (supported, with the share of half-samples).

With --refit each half-sample of the subjects (whole groups where the study has them) is fitted and searched anew: the
shares say how steady fitting and search are together. Each takes about a tenth of the time of the fit.

  interlatent discover body.csv blood.csv --id subject --tiers tiers.yaml --half-samples 100 --out graph.svg
  interlatent discover runs/a --out graph.json
  interlatent discover runs/a people.csv --id subject --columns age,sex,body.z1,blood.z1
  interlatent discover runs/a --half-samples 50 --refit --out graph.json`,
    )
    .action(run);
}

async function run(paths: string[], flags: Flags, command: Command): Promise<void> {
  const { tiers } = flags;
  const known = tiers === undefined ? undefined : await readKnowledge(tiers);
  const folders = await Promise.all(paths.map((path) => isFolder(path)));
  const [first, ...others] = paths.filter((_, i) => folders[i]);
  const tables = paths.filter((_, i) => !folders[i]);
  checkRefitFlags(flags, folders.includes(true));
  if (folders.every((isRun) => !isRun)) return discoverColumns(tables, known, flags);
  checkLatentOptions((name) => command.getOptionValueSource(name) === 'cli');
  if (others.length > 0) {
    throw new InputError(
      'several-runs',
      `${[first, ...others].join(', ')}: latents of several fits have folds of their own, which cannot be tested ` +
        'together. Give one RUN folder; fit all modalities in one study to link them.',
    );
  }
  return discoverRun(first, tables, known, flags);
}

/** The graph over measured columns. */
async function discoverColumns(
  paths: string[],
  knowledge: BackgroundKnowledge | undefined,
  { id, columns: wanted, threads, tiers: _tiers, workers: _workers, refit: _refit, study: _study, ...rest }: Flags,
): Promise<void> {
  const { out, format, json, device: _device, ...options } = rest;
  const form = format ?? (out === undefined ? undefined : formatOf(out));
  const texts = options.algorithm === 'ges' ? SCORE_TEXTS[options.score] : TEXTS[options.test];
  const { columns, leftOut } = await readColumns(paths, { id, columns: wanted, texts });
  const found = await interruptible(async (signal) => {
    try {
      return await discoverWithProgress(columns, { ...options, knowledge, threads, signal }, 'bar');
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  if (out !== undefined && form !== undefined) await writeDiscovery(out, form, found);
  if (json) {
    const { graph, edges, separations, tests, fewestRows, mostRows, halfSamples } = found;
    const rows = columns[0].values.length;
    printJson({
      ...options,
      penalty: penaltyOf(options),
      rows,
      tests,
      fewestRows,
      mostRows,
      leftOut,
      ...causalGraphContent(graph, edges),
      separations,
      halfSamples,
      out,
    });
  } else if (form !== undefined && out === undefined) {
    print((await WRITERS[form](found)).trimEnd());
  } else {
    const what = options.algorithm === 'ges' ? 'local scores' : 'tests';
    printDiscovery(found, { rows: columns[0].values.length, counted: what, leftOut, out });
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
  }: { rows: number; counted: string; leftOut: readonly string[]; out: string | undefined },
): void {
  const { graph, edges, tests, fewestRows, mostRows, halfSamples } = found;
  const range = fewestRows === mostRows ? String(mostRows) : `${fewestRows} to ${mostRows}`;
  print(
    `${graph.variables.length} variables, ${rows} rows; ${tests} ${counted} on ${range} rows; ${edges.length} edges`,
  );
  if (leftOut.length > 0) print(`left out, texts: ${leftOut.join(', ')}`);
  if (edges.length > 0) {
    const header = ['from', '', 'to', 'ρ', 'largest p', ...(halfSamples ? ['found', '95 %', 'this way', '95 %'] : [])];
    const cells = edges.map((edge) => [
      ...[edge.from, edgeSymbol(edge), edge.to, signedText(edge.association)],
      ...[pValue(edge.p), ...frequencyCells(edge)],
    ]);
    print(`\n${table(header, cells)}`);
    print('\nρ: rank correlation of the two columns, with nothing held fixed');
    printLevels(graph);
  }
  if (halfSamples) {
    const { count, seed } = halfSamples;
    print(`\nfound, this way, with their 95 % intervals: shares of ${count} half-samples, seed ${seed}`);
  }
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
