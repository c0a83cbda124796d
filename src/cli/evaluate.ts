// interlatent evaluate RUN --truth truth.npz: compares latents and graph with a known truth, on held-out subjects. With
// --latents FILE it evaluates the latents of another program.

import { join } from 'node:path';
import { Command, Option } from 'commander';
import { adjacencyMatrix } from '../causal/index.js';
import type { Truth } from '../simulation/truth.js';
import { InputError } from '../errors/errors.js';
import { exists } from '../files/exists.js';
import { readTable } from '../files/read-table.js';
import { evaluate, type AgainstChance, type Evaluation } from '../metrics/index.js';
import { runTable } from '../training/run-digests.js';
import { readRun, type SavedRun } from '../training/run-folder.js';
import { SUBJECTS_FILE } from '../training/subjects-file.js';
import { causeNotes, fittedEffects, fittedTargets } from './evaluate-causes.js';
import { listed } from '../text/numbers.js';
import { compareFiles, type ModalityWidth } from './evaluate-files.js';
import { evaluateOnStudy, SUBJECTS, type StudyFlags } from './evaluate-study.js';
import { truthOfRun } from './evaluate-truth.js';
import { IN_SAMPLE_FILE, INFERRED } from './latents-file.js';
import { print, printJson, table, wrapped } from './output.js';
import { jsonOption } from './settings.js';
import { describe } from './help.js';

interface EvaluateFlags {
  truth?: string;
  latents?: readonly string[];
  study?: string;
  subjects: StudyFlags['subjects'];
  id?: string;
  graph?: string;
  truthGraph?: string;
  modalities?: readonly ModalityWidth[];
  json?: boolean;
}

export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .argument('[run]', 'RUN folder of a fit. With --latents: compare on its held-out subjects only.')
    .option(
      '--truth <file>',
      'True latents: truth.npz with id, z (subjects × latents, modalities in study order) and adjacency. ' +
        'With --latents also a table.',
    )
    .optionsGroup('Latents of another program:')
    .option(
      '--latents <file>',
      'Table or .npz with columns <modality>.z1, …, .npz with one matrix per modality, or .npy. ' +
        'Repeatable with --study.',
      (text: string, before?: readonly string[]) => [...(before ?? []), text],
    )
    .option('--study <file>', 'Study file: score the latents without a truth.')
    .addOption(
      new Option('--subjects <which>', 'Subjects that --study scores: the test split, or all.')
        .choices(SUBJECTS)
        .default('test' satisfies StudyFlags['subjects']),
    )
    .option('--id <column>', 'Column, or array, of ids (default: id, or a first column of texts).')
    .option('--graph <file>', 'Estimated graph, as `interlatent graph` or `discover` writes it.')
    .option('--truth-graph <file>', 'True graph, if --truth has none.')
    .addOption(
      new Option(
        '--modalities <widths>',
        'Modalities and their numbers of latents in order, as in body=2,blood=3, for files that do not name them, ' +
          'or for a truth that names them differently.',
      ).argParser(parseWidths),
    )
    .optionsGroup('Output:')
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Compares the latents and the graph of a fit with a known truth, on held-out subjects. With --latents it ' +
      'compares latents of any other program. With --study it scores latents without a truth.',
    examples: [
      'interlatent evaluate runs/case1 --truth data/case1/truth.npz',
      ['interlatent evaluate --latents theirs.csv --truth data/case1/truth.npz', 'latents of another program'],
      ['interlatent evaluate --latents theirs.csv --study study.yaml', 'the same without a truth'],
    ],
    details: [
      'MCC is the mean absolute correlation of matched true and estimated latents. SHD is the number of edges to ' +
        'add, remove or turn. See docs/how-to/evaluate.md.',
    ],
  }).action(async (folder: string | undefined, flags: EvaluateFlags) => {
    if (flags.study !== undefined) return evaluateOnStudy(checkedStudyFlags(folder, flags));
    const { truth } = flags;
    checkTruth(truth);
    if (flags.latents !== undefined) {
      return evaluateFiles(folder, { ...flags, truth, latents: singleFile(flags.latents) });
    }
    checkRunAlone(folder, flags);
    const run = await readRun(folder);
    const { evaluation, inferred } = await compare(folder, run, await truthOfRun(run.summary, { ...flags, truth }));
    if (flags.json) {
      printJson({ ...evaluation, inferred });
      return;
    }
    print(`${evaluation.subjects} held-out subjects`);
    printEvaluation(evaluation);
    for (const [name, count] of Object.entries(inferred)) {
      print(wrapped(`note: ${count} of these subjects lack ${name}. Its latents are inferred from other modalities.`));
    }
  });
}

function checkRunAlone(folder: string | undefined, flags: EvaluateFlags): asserts folder is string {
  if (folder === undefined) {
    throw new InputError(
      'invalid-option',
      'evaluate needs --truth FILE, and a RUN folder or --latents FILE for the latents of another program',
    );
  }
  const misplaced = (['id', 'graph', 'truthGraph'] as const).find((name) => flags[name] !== undefined);
  if (misplaced !== undefined) {
    const flag = `--${misplaced.replace('G', '-g')}`;
    throw new InputError('invalid-option', `${flag} belongs to --latents FILE. Leave it out for a RUN`);
  }
}

function parseWidths(text: string): ModalityWidth[] {
  return text.split(',').map((part) => {
    const match = /^(.+)=([1-9]\d*)$/.exec(part.trim());
    if (!match) {
      throw new InputError('invalid-option', `--modalities takes names and counts, as body=2,blood=3; got "${text}".`);
    }
    return { name: match[1], latents: Number(match[2]) };
  });
}

/** @throws InputError `invalid-option` */
function checkTruth(truth: string | undefined): asserts truth is string {
  if (truth !== undefined) return;
  throw new InputError(
    'invalid-option',
    'evaluate needs --truth FILE with the true latents, or --latents FILE and --study STUDY to score latents without ' +
      'a truth',
  );
}

/** Returns the flags of a score without a truth. @throws InputError `invalid-option` */
function checkedStudyFlags(folder: string | undefined, flags: EvaluateFlags): StudyFlags {
  const { study, latents } = flags;
  const misplaced = (['truth', 'graph', 'truthGraph'] as const).find((name) => flags[name] !== undefined);
  if (folder !== undefined || misplaced !== undefined) {
    const what = folder === undefined ? `--${misplaced!.replace('G', '-g')}` : 'a RUN folder';
    throw new InputError('invalid-option', `--study scores latents without a truth. Leave ${what} out`);
  }
  if (study === undefined || latents === undefined) {
    throw new InputError('invalid-option', '--study needs --latents FILE, the latents to score');
  }
  return { ...flags, study, latents };
}

/** @throws InputError `invalid-option` */
function singleFile(latents: readonly string[]): string {
  if (latents.length === 1) return latents[0];
  throw new InputError('invalid-option', 'Several --latents files need --study. Compare one file with a truth');
}

interface TruthFlags extends Omit<EvaluateFlags, 'latents' | 'truth'> {
  readonly latents: string;
  readonly truth: string;
}

async function evaluateFiles(folder: string | undefined, flags: TruthFlags): Promise<void> {
  const run = folder === undefined ? undefined : await readRun(folder);
  const { evaluation, leftOut, joined } = await compareFiles({
    ...flags,
    modalities: flags.modalities ?? run?.summary.model.modalities,
    subjects: run === undefined ? undefined : heldOutOf(folder!, run),
  });
  if (flags.json) {
    printJson({ ...evaluation, leftOut, joined });
    return;
  }
  print(`${evaluation.subjects} ${run ? 'held-out ' : ''}subjects`);
  printEvaluation(evaluation);
  const { latentsAlone, truthAlone, missing } = leftOut;
  if (!joined) print(wrapped('note: rows were matched in order, because not both files name their subjects'));
  if (latentsAlone + truthAlone > 0) {
    print(wrapped(`note: left out are ${latentsAlone} subjects without truth and ${truthAlone} without latents`));
  }
  if (missing > 0) print(`note: left out are ${missing} subjects who lack a latent`);
}

interface Comparison {
  readonly evaluation: Evaluation;
  /** Number of held-out subjects who lack a modality, by modality. Modalities that nobody lacks have no entry. */
  readonly inferred: Readonly<Record<string, number>>;
}

/** Returns the ids of the held-out subjects. @throws InputError `no-held-out`, `missing-file` */
function heldOutOf(folder: string, { summary, heldOut }: SavedRun): readonly string[] {
  if (summary.subjects.test === 0) {
    throw new InputError(
      'no-held-out',
      `${folder} was fitted with split.test 0: there are no held-out subjects to compare on. Set split.test ` +
        'above 0 and fit again.',
    );
  }
  if (heldOut === undefined) {
    const subjects = join(folder, SUBJECTS_FILE);
    throw new InputError(
      'missing-file',
      `${subjects} is missing: it names the subjects that were held out. Copy it from the folder of the fit, or fit ` +
        'again.',
      { path: subjects },
    );
  }
  return heldOut;
}

async function compare(folder: string, run: SavedRun, truth: Truth): Promise<Comparison> {
  const { summary, graph } = run;
  const heldOut = heldOutOf(folder, run);
  const expected = join(folder, IN_SAMPLE_FILE);
  const again = `interlatent encode ${folder} STUDY --out latents.csv, then evaluate ${folder} --latents latents.csv`;
  if (!(await exists(expected))) {
    throw new InputError('missing-file', `${expected} is missing. Encode the study: ${again} --truth TRUTH`, {
      path: expected,
    });
  }
  const path = await runTable(folder, IN_SAMPLE_FILE);
  const names = graph.nodes.map((node) => node.name);
  const { available } = await readTable(path, { columns: names });
  const marks = new Map(summary.model.modalities.map(({ name }) => [name, `${name}${INFERRED}`]));
  const marked = [...marks.values()].filter((mark) => available.includes(mark));
  const latents = await readTable(path, { text: [summary.id], columns: [...names, ...marked] });
  const estimateRow = rowsById(latents.texts(summary.id), path, `encode the study of the fit again: ${again}`);
  const truthRow = rowsById(truth.ids, 'the truth', 'give the truth of the study that was fitted');
  const columns = graph.nodes.map((node) => latents.numbers(node.name));
  const estimated = columns.length;
  const zHat = new Float64Array(heldOut.length * estimated);
  const z = new Float64Array(heldOut.length * truth.latents);
  heldOut.forEach((id, i) => {
    const from = estimateRow(id);
    const to = truthRow(id);
    columns.forEach((column, j) => (zHat[i * estimated + j] = column[from]));
    z.set(truth.z.subarray(to * truth.latents, (to + 1) * truth.latents), i * truth.latents);
  });
  const modalities = summary.model.modalities.map(({ name, latents: count }) => ({ name, latents: count }));
  const inferred = Array.from(marks, ([name, mark]): [string, number] => {
    const isInferred = marked.includes(mark) ? latents.numbers(mark) : new Float64Array(latents.rows);
    return [name, heldOut.reduce((sum, id) => sum + isInferred[estimateRow(id)], 0)];
  }).filter(([, count]) => count > 0);
  const evaluation = evaluate(
    {
      z: { values: z, rows: heldOut.length, columns: truth.latents },
      modalities: truth.modalities ? modalities.map(({ name }) => trueModality(name, truth)) : modalities,
      adjacency: truth.adjacency,
      variables: truth.variables,
      targets: truth.targets,
      effects: truth.effects,
    },
    {
      z: { values: zHat, rows: heldOut.length, columns: estimated },
      modalities,
      adjacency: adjacencyMatrix(graph),
      shared: summary.evidence?.shared?.subsets,
      targets: fittedTargets(graph),
      effects: fittedEffects(graph, summary.evidence?.causes?.effects),
    },
  );
  return { evaluation, inferred: Object.fromEntries(inferred) };
}

/** Returns the modality with its number of true latents, which is 0 if the truth does not name it. */
function trueModality(name: string, { modalities = [] }: Truth): ModalityWidth {
  return { name, latents: modalities.find((modality) => modality.name === name)?.latents ?? 0 };
}

function rowsById(ids: readonly string[], where: string, advice: string): (id: string) => number {
  const rows = new Map(ids.map((id, row) => [id, row]));
  return (id) => {
    const row = rows.get(id);
    if (row === undefined) {
      throw new InputError(
        'missing-subject',
        `Subject "${id}" was held out by the fit but is not in ${where}; ${advice}`,
      );
    }
    return row;
  };
}

/** Returns a line about the latents that modalities share; none if there are no true and no estimated ones. */
function sharingNotes({ sharing }: Evaluation): string[] {
  if (!sharing || sharing.sets.length === 0) return [];
  const { sets, right } = sharing;
  const each = sets.map(
    ({ modalities, true: known, estimated, isUndecided }) =>
      `${listed(modalities)}: ${known} true, ${estimated} found${isUndecided ? ', undecided' : ''}`,
  );
  return [`Shared latents: ${right} of ${sets.length} sets of modalities are right (${each.join('; ')}).`];
}

function chanceCells({ floor, corrected }: AgainstChance): (number | string)[] {
  return [floor, corrected ?? '–'];
}

function printEvaluation(evaluation: Evaluation): void {
  // One modality has no pairs of modalities, so its within-modality edges are compared.
  const { structure, chance, mcc, r2 } = evaluation;
  const modalities = Object.entries(evaluation.modalities);
  const isAlone = modalities.length === 1;
  const distance = (between: number | null): number | string => (isAlone ? structure?.within.distance : between) ?? '–';
  const score = `MCC ${mcc.toFixed(3)} (chance ${chance.mcc.floor.toFixed(3)})`;
  print(`${score}, R² ${r2.toFixed(3)}, SHD ${distance(evaluation.shd)}`);
  print();
  const rows = [...modalities, ['total', evaluation] as const].map(([name, m]) => [
    name,
    m.mcc,
    ...chanceCells(m.chance.mcc),
    m.mccSpearman,
    ...chanceCells(m.chance.mccSpearman),
    m.r2,
    distance(m.shd),
  ]);
  const header = ['MCC', 'chance', 'corrected', 'MCC rank', 'chance', 'corrected', 'R²', 'SHD'];
  print(table(['modality', ...header], rows));
  const twice = isAlone ? structure?.within.distanceReversalTwice : evaluation.shdReversalTwice;
  const notes = [
    'MCC: mean absolute correlation of matched latents, within each modality. ' +
      'MCC rank: the same with rank correlations.',
    `chance: mean MCC of ${chance.draws} random rotations of the true latents. ` +
      'corrected: (MCC − chance) / (1 − chance).',
    'R²: kernel ridge, fitted on some subjects and scored on the rest. SHD: edges to add, remove or turn.',
    `Matched over all latents: MCC ${evaluation.globalMcc.toFixed(3)}, rank ` +
      `${evaluation.globalMccSpearman.toFixed(3)}. SHD with reversals counted twice: ${twice ?? '–'}.`,
  ];
  for (const note of [...notes, ...causeNotes(evaluation), ...sharingNotes(evaluation)]) print(wrapped(note, '  '));
  for (const { message } of evaluation.warnings) print(wrapped(`note: ${message}`, '  '));
}
