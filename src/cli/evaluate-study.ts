// interlatent evaluate --latents FILE --study STUDY: scores the latents of any program without a truth.

import type { ComparedData, LatentScores } from '../comparison/index.js';
import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { Samples } from '../metrics/index.js';
import { readStudy } from '../study/study.js';
import { count, decimals } from '../text/numbers.js';
import { readLatentSide, type LatentColumn, type LatentSide } from './latent-side.js';
import type { ModalityWidth } from './evaluate-files.js';
import { print, printJson, pValue, table, wrapped } from './output.js';

export const SUBJECTS = ['test', 'all'] as const;

export interface StudyFlags {
  readonly latents: readonly string[];
  readonly study: string;
  readonly subjects: (typeof SUBJECTS)[number];
  readonly id?: string | undefined;
  readonly modalities?: readonly ModalityWidth[] | undefined;
  readonly json?: boolean | undefined;
}

/** @throws InputError `unknown-modalities`, `modality-mismatch`, `rows-disagree`, `no-common-subject`; what it calls */
export async function evaluateOnStudy(flags: StudyFlags): Promise<void> {
  const { comparedData, scoreLatents } = await import('../comparison/index.js');
  const { name, dataset } = await readStudy(flags.study);
  const data = comparedData(dataset);
  const sides: LatentSide[] = [];
  for (const path of flags.latents) sides.push(await readLatentSide(path, flags.id));
  const files = sides.map((side) => latentsOf(side, data, flags.modalities));
  const isJoint = files[0].isJoint;
  const wanted = flags.subjects === 'all' ? Int32Array.from(data.ids.keys()) : data.split.test;
  const rows = wanted.filter((row) => files.every(({ present }) => present[row] === 1));
  if (rows.length === 0) {
    throw new InputError(
      'no-common-subject',
      `${flags.latents[0]} and ${flags.study} have no subject in common that is scored (--subjects ` +
        `${flags.subjects}): the first ids are "${sides[0].ids?.[0] ?? 'none'}" and ` +
        `"${data.ids[wanted.at(0) ?? 0]}". --id names the column of ids.`,
    );
  }
  const scores = scoreLatents(data, files, { rows, isJoint });
  if (flags.json) printJson({ study: name, files: flags.latents, scored: flags.subjects, isJoint, ...scores });
  else printScores(scores, { ...flags, isJoint });
}

interface FileLatents {
  readonly latents: readonly Samples[];
  /** 1 for subjects that the file has. */
  readonly present: Uint8Array;
  readonly isJoint: boolean;
}

function latentsOf(side: LatentSide, data: ComparedData, widths: readonly ModalityWidth[] | undefined): FileLatents {
  const { path, columns } = side;
  const rowOf = rowsOf(side, data);
  const names = data.modalities.map(({ name }) => name);
  const unnamed = columns.every(({ modality }) => modality === undefined);
  const isJoint = unnamed && widths === undefined && names.length > 1;
  const columnsOf = isJoint || (unnamed && names.length === 1) ? () => columns : byModality(side, names, widths);
  const latents = data.modalities.map(({ name, present }): Samples => {
    const ofModality = columnsOf(name);
    const values = new Float64Array(data.ids.length * ofModality.length).fill(NaN);
    data.ids.forEach((id, row) => {
      const from = rowOf(id, row);
      if (from === undefined || (!isJoint && present[row] === 0)) return;
      ofModality.forEach((column, k) => (values[row * ofModality.length + k] = column.values[from]));
    });
    return { values, rows: data.ids.length, columns: ofModality.length };
  });
  if (latents.some(({ columns: width }) => width === 0)) {
    const lacking = names.find((_, m) => latents[m].columns === 0)!;
    throw new InputError('modality-mismatch', `${path} has no latents of '${lacking}', which the study has`, { path });
  }
  return {
    latents,
    isJoint,
    present: Uint8Array.from(data.ids, (id, row) => (rowOf(id, row) === undefined ? 0 : 1)),
  };
}

/** Returns the columns of a modality by its name, or by position with `--modalities`. */
function byModality(
  { path, columns }: LatentSide,
  names: readonly string[],
  widths: readonly ModalityWidth[] | undefined,
): (name: string) => readonly LatentColumn[] {
  const known = widths?.map(({ name }) => name) ?? columns.map(({ modality }) => modality);
  const odd = known.find((name) => name === undefined || !names.includes(name));
  if (odd !== undefined || known.includes(undefined)) {
    throw new InputError(
      'unknown-modalities',
      odd === undefined
        ? `${path}: some columns do not name their modality. Name all of them <modality>.z1, or none.`
        : `${path} has latents of '${odd}', the study has none${didYouMean(odd, names)}. Its modalities: ` +
            `${names.join(', ')}.`,
      { path },
    );
  }
  if (widths === undefined) return (name) => columns.filter(({ modality }) => modality === name);
  const total = widths.reduce((sum, { latents }) => sum + latents, 0);
  if (total !== columns.length) {
    throw new InputError(
      'unknown-modalities',
      `${path} has ${columns.length} latents, but --modalities names ${total}. Give the number of each modality.`,
      { path },
    );
  }
  const starts = widths.map((_, m) => widths.slice(0, m).reduce((sum, { latents }) => sum + latents, 0));
  return (name) => {
    const m = widths.findIndex((one) => one.name === name);
    return m < 0 ? [] : columns.slice(starts[m], starts[m] + widths[m].latents);
  };
}

/** Returns a function that finds the row of a subject: by id, or by position if the file has no ids. */
function rowsOf({ path, ids, rows }: LatentSide, data: ComparedData): (id: string, row: number) => number | undefined {
  if (ids !== undefined) {
    const positions = new Map(ids.map((id, row) => [id, row]));
    return (id) => positions.get(id);
  }
  if (rows !== data.ids.length) {
    throw new InputError(
      'rows-disagree',
      `${path} has ${rows} rows without ids, and the study ${data.ids.length} subjects. Add a column of ids, or give ` +
        'all subjects in the order of interlatent export --splits.',
      { path },
    );
  }
  return (_, row) => row;
}

function printScores(
  { subjects, modalities, within, across, pairs, reproducibility }: LatentScores,
  { latents: files, subjects: scored, isJoint }: StudyFlags & { readonly isJoint: boolean },
): void {
  print(`${count(subjects)} ${scored === 'test' ? 'held-out ' : ''}subjects`);
  print();
  const cells = (share: LatentScores['within']): string[] =>
    share ? [decimals(share.r2, 3), share.error === null ? '–' : decimals(share.error, 3)] : ['–', '–'];
  const total = modalities.reduce((sum, one) => sum + one.latents, 0);
  print(
    table(
      ['modality', 'latents', 'R² within', '±', 'R² across', '±'],
      [
        ...modalities.map((one) => [one.name, one.latents, ...cells(one.within), ...cells(one.across)]),
        ['mean', isJoint ? modalities[0].latents : total, ...cells(within), ...cells(across)],
      ],
    ),
  );
  if (pairs.length > 0) {
    print();
    print(
      table(
        ['modalities', '', 'correlation', 'p', 'p (Holm)'],
        pairs.map(({ first, second, correlation, p, corrected }) => [
          first,
          second,
          decimals(correlation, 3),
          pValue(p),
          pValue(corrected),
        ]),
      ),
    );
  }
  print();
  if (reproducibility !== null) {
    print(
      wrapped(`Mean |correlation| of matched latents over ${files.length} files: ${decimals(reproducibility, 3)}.`),
    );
  }
  const notes = [
    'R²: variance that the latents explain of columns of the modality (within) and of the other modalities (across). ' +
      'The read-out is cross-fitted: it never reads the subjects that it predicts.',
    ...(isJoint
      ? ['note: the latents name no modality, so each modality is read from all of them, and nothing is scored across.']
      : []),
    scored === 'test'
      ? 'note: these are the test subjects of the study. Latents of a program that was trained on them look too good.'
      : 'note: latents of a program that was trained on these subjects look too good.',
  ];
  for (const note of notes) print(wrapped(note, '  '));
}
