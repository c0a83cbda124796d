// interlatent discover TABLE…: the causal graph over columns of tables and latents of a RUN
// (docs/reference/causal-discovery.md).

import { Command, Option } from 'commander';
import {
  edgeSymbol,
  COMPATIBILITY_CHOICES,
  type BackgroundKnowledge,
  type Compatibility,
  type CompatibilityChoice,
  type Discovery,
  type DiscoverOptions,
} from '../causal/discovery/index.js';
import { isChoice, type DeclaredOption, type Described } from '../causal/discovery/declared.js';
import { asWritten, type Interval } from '../causal/discovery/half-samples.js';
import { TESTS } from '../causal/discovery/independence/tests.js';
import { isScored, SEARCH_OPTIONS, STABILITY_OPTIONS } from '../causal/discovery/options.js';
import { SCORES } from '../causal/discovery/search/scores.js';
import { penaltyOf } from '../causal/discovery/discover.js';
import { causalGraphContent } from '../causal/graph-json.js';
import { signedText } from '../causal/sign-text.js';
import { InputError } from '../errors/errors.js';
import { readText } from '../files/bytes.js';
import { isFolder } from '../files/exists.js';
import type { DeviceName } from '../runtime/device.js';
import { readColumns } from './discover-columns.js';
import {
  addEnvironmentOptions,
  ENVIRONMENTS,
  environmentsOf,
  printEnvironments,
  type EnvironmentFlags,
} from './discover-environments.js';
import { checkRefitFlags } from './discover-refits.js';
import { checkLatentOptions, discoverRun } from './discover-run.js';
import { formatOf, writeDiscovery, WRITERS, type GraphFileFormat } from './discovery-files.js';
import { discoverWithProgress } from './discovery-progress.js';
import { interruptible, Interrupted } from './interrupt.js';
import { printLevels } from './latent-discovery-text.js';
import { print, printJson, pValue, table, wrapped } from './output.js';
import {
  deviceOption,
  CONCURRENT_FITS,
  jsonOption,
  MAX_THREADS,
  numberBetween,
  positive,
  wholeNumber,
} from './settings.js';
import { describe } from './help.js';

/** Maximum number of bytes of a file with background knowledge. */
const MAX_KNOWLEDGE = 2 ** 20;

/** Options of the table without a default are absent unless the user gives them. */
type Flags = Omit<DiscoverOptions, 'knowledge' | 'groups' | 'environments'> &
  EnvironmentFlags &
  Required<Pick<DiscoverOptions, 'algorithm' | 'test' | 'score' | 'halfSamples' | 'seed'>> & {
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

/** Heading of the options that apply to measured columns alone. */
const COLUMN_SEARCH = 'Search over columns:';

export function discoverCommand(): Command {
  const command = new Command('discover')
    .argument('<table...>', 'Tables (joined by --id), and at most one RUN folder, whose latents take part.')
    .optionsGroup('Variables:')
    .option('--id <column>', 'Subject id. It joins several tables and is not a variable.')
    .option('--columns <names>', 'Variables, separated by commas (default: all).', (text) => text.split(','))
    .option('--tiers <file>', 'Background knowledge (YAML or JSON): tiers, forbidden, required.')
    .optionsGroup(COLUMN_SEARCH);
  for (const declared of Object.values(SEARCH_OPTIONS)) command.addOption(optionOf(declared));
  command.option(
    '--compatibility <choices>',
    'Decide as causal-learn in every point where it differs (causal-learn), or in some: ' +
      `${COMPATIBILITY_CHOICES.join(', ')}.`,
    (text): Compatibility => (text === 'causal-learn' ? text : (text.split(',') as CompatibilityChoice[])),
  );
  addEnvironmentOptions(command)
    .optionsGroup('Stability:')
    .addOption(optionOf(STABILITY_OPTIONS.halfSamples))
    .addOption(optionOf(STABILITY_OPTIONS.threshold))
    .option('--refit', 'Draw half-samples of the subjects of the RUN, and fit and search each of them.')
    .option('--study <file>', 'With --refit: study of the RUN (default: the one that RUN was fitted on).')
    .addOption(optionOf(STABILITY_OPTIONS.seed))
    .optionsGroup('Computation:')
    .addOption(deviceOption('With --refit: fit on'))
    .option('--threads <n>', 'Number of threads (default: all cores).', wholeNumber('--threads', 1, MAX_THREADS))
    .option(
      '--workers <n>',
      `With --refit: number of concurrent fits, which share the threads (default: ${CONCURRENT_FITS}).`,
      wholeNumber('--workers', 1, MAX_THREADS),
    )
    .optionsGroup('Output:')
    .option('--out <file>', 'Write the graph. The extension names the format, unless --format does.')
    .addOption(
      new Option('--format <format>', 'Print or write the graph in this format.').choices(Object.keys(WRITERS)),
    )
    .addOption(jsonOption());
  return describe(command, {
    description: 'Searches the causal graph over columns of tables, or over the latents of a fit and columns.',
    examples: [
      'interlatent discover body.csv blood.csv --id subject --tiers tiers.yaml --half-samples 100 --out graph.svg',
      [
        'interlatent discover cells.csv --environments drug --reference none --assigned',
        'with interventions of unknown targets',
      ],
      [
        'interlatent discover cells.csv --environments drug --algorithm gies --targets none= u0126=mek g0076=pkc',
        'with interventions of known targets',
      ],
      ['interlatent discover runs/a --out graph.json', 'over the latents of a fit'],
      ['interlatent discover runs/a people.csv --id subject --columns age,sex,body.z1,blood.z1', 'latents and columns'],
      [
        'interlatent discover runs/a --half-samples 50 --refit --out graph.json',
        'with the stability of fit and search',
      ],
    ],
    details: [
      `Tests (--test):\n${described(TESTS)}`,
      `Scores of ges (--score):\n${described(SCORES)}`,
      'Measured columns are searched by PC, FCI, GES or GIES. Latents of a RUN, alone or with columns, are searched ' +
        'by error-aware tests of held-out subjects; the options of the search over columns do not apply to them. An ' +
        'arrowhead is drawn if tiers or required edges say so (assumed), or if a collider is replicated (supported, ' +
        'with the share of half-samples).',
      'With --environments, pc and fci test columns within each environment, and compare each environment with the ' +
        'reference: an edge from ENVIRONMENT=LEVEL points to a column that it changes. Such an edge is an effect ' +
        'only if you say that the environments were assigned (--assigned). gies needs the targets of all environments.',
      'With --refit each half-sample of the subjects (of the groups, if the study has groups) is fitted and ' +
        'searched. The shares then say how stable fit and search are together. Each half-sample takes about a tenth ' +
        'of the time of the fit. See docs/reference/causal-discovery.md.',
    ],
  }).action(run);
}

/** Returns the option of the command line that a search declares. */
function optionOf({ flag, help, accepts, default: value }: DeclaredOption): Option {
  const option = new Option(flag, help);
  const [name] = flag.split(' ');
  if (isChoice(accepts)) option.choices(accepts);
  else if (accepts === 'above 0') option.argParser(positive(name));
  else if ('whole' in accepts) option.argParser(wholeNumber(name, ...accepts.whole));
  else option.argParser(numberBetween(name, ...accepts.between));
  return value === undefined ? option : option.default(value);
}

/** Returns the name and the description of every row of a table, in indented lines. */
function described(rows: Readonly<Record<string, Described>>): string {
  return Object.entries(rows)
    .map(([name, { suits, method }]) => wrapped(`  ${name}: ${suits}; ${method}.`, '    '))
    .join('\n');
}

async function run(paths: string[], flags: Flags, command: Command): Promise<void> {
  const { tiers } = flags;
  const known = tiers === undefined ? undefined : await readKnowledge(tiers);
  const folders = await Promise.all(paths.map((path) => isFolder(path)));
  const [first, ...rest] = paths.filter((_, i) => folders[i]);
  const tables = paths.filter((_, i) => !folders[i]);
  checkRefitFlags(flags, folders.includes(true));
  if (folders.every((isRun) => !isRun)) return discoverColumns(tables, known, flags);
  checkLatentOptions(
    command.options.flatMap((option) => {
      const isOfColumns =
        option.helpGroupHeading === COLUMN_SEARCH ||
        option.helpGroupHeading === ENVIRONMENTS ||
        option.long === '--threshold';
      return isOfColumns && command.getOptionValueSource(option.attributeName()) === 'cli' ? [option.long!] : [];
    }),
  );
  if (rest.length > 0) {
    throw new InputError(
      'several-runs',
      `${[first, ...rest].join(', ')}: the latents of several fits have different folds, which cannot be tested ` +
        'together. Give one RUN folder; fit all modalities in one study to link them.',
    );
  }
  return discoverRun(first, tables, known, flags);
}

/** Searches and prints the graph over measured columns. */
async function discoverColumns(
  paths: string[],
  knowledge: BackgroundKnowledge | undefined,
  { id, columns: wanted, threads, tiers: _tiers, workers: _workers, refit: _refit, study: _study, ...rest }: Flags,
): Promise<void> {
  const { out, format, json, device: _device, environments: name, reference, targets, assigned, ...search } = rest;
  const form = format ?? (out === undefined ? undefined : formatOf(out));
  const { texts } = isScored(search) ? SCORES[search.score] : TESTS[search.test];
  const { columns, levels, leftOut } = await readColumns(paths, { id, columns: wanted, texts, environments: name });
  const environments = await environmentsOf({ environments: name, reference, targets, assigned }, levels);
  const options = { ...search, ...(environments && { environments }) };
  const discovery = await interruptible(async (signal) => {
    try {
      return await discoverWithProgress(columns, { ...options, knowledge, threads, signal }, 'bar');
    } catch (error) {
      throw signal.aborted ? new Interrupted('Stopped; nothing was written.') : error;
    }
  });
  if (out !== undefined && form !== undefined) await writeDiscovery(out, form, discovery);
  if (json) {
    const { graph, edges, separations, tests, minRows, maxRows, halfSamples } = discovery;
    const rows = columns[0].values.length;
    printJson({
      ...search,
      penalty: penaltyOf(options),
      rows,
      tests,
      minRows,
      maxRows,
      leftOut,
      ...causalGraphContent(graph, edges),
      separations,
      halfSamples,
      environments: discovery.environments,
      out,
    });
  } else if (form !== undefined && out === undefined) {
    print((await WRITERS[form](discovery)).trimEnd());
  } else {
    const what = isScored(search) ? 'local scores' : 'tests';
    printDiscovery(discovery, { rows: columns[0].values.length, counted: what, leftOut, out });
  }
}

async function readKnowledge(path: string): Promise<BackgroundKnowledge> {
  const text = await readText(path, MAX_KNOWLEDGE);
  const { readKnowledgeText } = await import('./knowledge-text.js');
  return readKnowledgeText(text, path);
}

function printDiscovery(
  discovery: Discovery,
  {
    rows,
    counted,
    leftOut,
    out,
  }: { rows: number; counted: string; leftOut: readonly string[]; out: string | undefined },
): void {
  const { graph, edges, tests, minRows, maxRows, halfSamples } = discovery;
  const contexts = new Set(graph.variables.flatMap(({ name, context }) => (context === undefined ? [] : [name])));
  const columns = graph.variables.length - contexts.size;
  const range = minRows === maxRows ? String(maxRows) : `${minRows} to ${maxRows}`;
  print(`${edges.length} edges of ${graph.variables.length} variables`);
  print(`${rows} rows; ${tests} ${counted} on ${range} rows`);
  if (leftOut.length > 0) print(`left out, texts: ${leftOut.join(', ')}`);
  if (edges.length > 0) {
    const shares = halfSamples ? ['found', '95 % CI', 'as drawn', '95 % CI'] : [];
    const header = ['edge', 'ρ', 'max p', ...shares];
    const ofColumns = edges.filter(({ from }) => !contexts.has(from));
    const ofContexts = edges.filter(({ from }) => contexts.has(from));
    const cells = [...ofColumns, ...ofContexts].map((edge) => [
      `${edge.from} ${edgeSymbol(edge)} ${edge.to}`,
      signedText(edge.association),
      pValue(edge.p),
      ...frequencyCells(edge),
    ]);
    print(`\n${table(header, cells)}`);
    print('\nρ: rank correlation of the two columns');
    printLevels(graph);
  }
  if (discovery.environments) printEnvironments(discovery.environments, columns);
  if (halfSamples) {
    const { count, seed } = halfSamples;
    print(`found, as drawn: shares of ${count} half-samples, seed ${seed}`);
  }
  if (out !== undefined) print(`\nWritten to ${out}`);
}

/** Returns the shares of half-samples that have an edge, and that have it with the same marks, with intervals. */
function frequencyCells(edge: Discovery['edges'][number]): (number | string)[] {
  const { frequencies, intervals } = edge;
  if (frequencies === undefined || intervals === undefined) return [];
  const shown = (interval: Interval) => interval.map((end) => end.toFixed(2)).join(' … ');
  return [frequencies.adjacent, shown(intervals.adjacent), asWritten(edge, frequencies), shown(intervals.asWritten)];
}
