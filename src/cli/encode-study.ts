// Writes the latents of a study's subjects into a file. A .csv is written in parts, so that neither the study nor the
// latents must fit into memory.

import { InputError } from '../errors/errors.js';
import type { OutputColumn } from '../files/csv.js';
import { writeTable } from '../files/read-table.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { countGaps, gapWarningsOf, type GapCounts } from '../questions/gap-warnings.js';
import type { Warning } from '../quality/index.js';
import type { Inspection } from '../study/inspection/inspection.js';
import { readStudyParts } from '../study/reading/study-parts.js';
import type { Study } from '../study/study.js';
import { idName } from '../study/grammar/subject-id.js';
import type { CountFitted } from './fitted-subjects.js';
import { isAnyInferred, posteriorColumns, posteriorsToWrite, type WrittenPosteriors } from './latents-file.js';
import { readAsked } from './questions.js';
import { withReadingBar } from './reading-progress.js';

export interface Encoded {
  readonly subjects: number;
  /** Number of training subjects of the model. Their latents are in-sample. */
  readonly fitted: number;
  /** By modality, the number of subjects whose latents were inferred. */
  readonly inferred: readonly { readonly modality: string; readonly subjects: number }[];
  /** Names of the modalities. */
  readonly modalities: readonly string[];
  readonly known: number;
  readonly dropped: DroppedSubjects;
  readonly warnings: readonly Warning[];
}

interface EncodeFile {
  readonly out: string;
  readonly withSd: boolean;
  readonly quiet: boolean | undefined;
  readonly countFitted: CountFitted;
  /** Number of rows of a part. */
  readonly rows?: number;
}

/** Writes the latents. @throws as `readStudy`, `model.posterior` and `writeTable`; then nothing is written */
export async function encodeStudy(
  model: MultimodalCausalModel,
  path: string,
  { out, withSd, quiet, countFitted, rows }: EncodeFile,
): Promise<Encoded> {
  return withReadingBar(quiet, async (onProgress) => {
    const options = { scales: model.columnScales, partial: true, ...(onProgress && { onProgress }) };
    const inParts = { ...options, ...(rows && { rows }) };
    const whole = async function* () {
      yield await readAsked(model, path, { ...options, keepUnknownCauses: true });
    };
    const into = { model, out, withSd, countFitted, withMarks: false };
    // Latents of absent modalities depend on the causes, which are not read in parts.
    if (!out.endsWith('.csv') || model.summary.causes) return encodeParts(whole(), into);
    try {
      return await encodeParts(readStudyParts(path, inParts), into);
    } catch (cause) {
      if (cause instanceof LateMark) return encodeParts(readStudyParts(path, inParts), { ...into, withMarks: true });
      if (cause instanceof InputError && cause.code === 'not-in-parts') return encodeParts(whole(), into);
      throw cause;
    }
  });
}

/** Thrown if latents are inferred in a later part, but the file was started without the columns that mark them. */
class LateMark extends Error {}

interface EncodeInto {
  readonly model: MultimodalCausalModel;
  readonly out: string;
  readonly withSd: boolean;
  /** True to write the columns that mark inferred latents, even if the first part has none. */
  readonly withMarks: boolean;
  readonly countFitted: CountFitted;
}

async function encodeParts(
  parts: AsyncIterable<Study>,
  { model, out, withSd, withMarks, countFitted }: EncodeInto,
): Promise<Encoded> {
  let total: Encoded | undefined;
  let gaps: GapCounts = { subjects: 0, cells: 0, modalities: [] };
  let marks = withMarks;
  const columnsOf = async function* (): AsyncGenerator<OutputColumn[]> {
    for await (const { dataset, config, inspection } of parts) {
      const posteriors = await posteriorsToWrite(model, dataset, { withSd, partial: true });
      if (total === undefined) marks ||= isAnyInferred(posteriors);
      else if (!marks && isAnyInferred(posteriors)) throw new LateMark();
      const values = model.columnScales.map(({ name }) => dataset.modalities.find((data) => data.name === name));
      gaps = addedGaps(gaps, countGaps(model.summary.model, values));
      total = added(total, { ...encodedOf(dataset.ids.length, posteriors, inspection), fitted: countFitted(dataset) });
      yield posteriorColumns(idName(config.id), dataset.ids, posteriors, { withMarks: marks });
    }
  };
  if (out.endsWith('.csv')) {
    const { writeCsvParts } = await import('../files/csv.js');
    await writeCsvParts(out, columnsOf());
  } else {
    for await (const columns of columnsOf()) await writeTable(out, columns);
  }
  return { ...total!, warnings: gapWarningsOf(gaps) };
}

function encodedOf(subjects: number, posteriors: WrittenPosteriors, inspection: Inspection): Omit<Encoded, 'fitted'> {
  return {
    subjects,
    inferred: Object.entries(posteriors).map(([modality, posterior]) => ({
      modality,
      subjects: posterior.inferred.reduce((sum, one) => sum + one, 0),
    })),
    modalities: Object.keys(posteriors),
    known: inspection.known,
    dropped: droppedSubjects(inspection),
    warnings: [],
  };
}

function added(before: Encoded | undefined, next: Encoded): Encoded {
  if (!before) return next;
  return {
    ...next,
    subjects: before.subjects + next.subjects,
    fitted: before.fitted + next.fitted,
    inferred: next.inferred.map((entry, i) => ({ ...entry, subjects: entry.subjects + before.inferred[i].subjects })),
    known: before.known + next.known,
    dropped: {
      subjects: before.dropped.subjects + next.dropped.subjects,
      absent: before.dropped.absent + next.dropped.absent,
      incomplete: before.dropped.incomplete + next.dropped.incomplete,
      empty: before.dropped.empty + next.dropped.empty,
      uncovered: before.dropped.uncovered + next.dropped.uncovered,
      modalities: next.dropped.modalities.map((entry, i) => ({
        ...entry,
        absent: entry.absent + before.dropped.modalities[i].absent,
        incomplete: entry.incomplete + before.dropped.modalities[i].incomplete,
      })),
    },
  };
}

function addedGaps(before: GapCounts, next: GapCounts): GapCounts {
  return {
    subjects: before.subjects + next.subjects,
    cells: before.cells + next.cells,
    modalities: [...new Set([...before.modalities, ...next.modalities])],
  };
}

/** Number of subjects without latents, and the reasons. A subject can count in several modalities. */
export interface DroppedSubjects {
  readonly subjects: number;
  readonly absent: number;
  readonly incomplete: number;
  readonly empty: number;
  readonly uncovered: number;
  readonly modalities: readonly { readonly name: string; readonly absent: number; readonly incomplete: number }[];
}

function droppedSubjects(inspection: Inspection): DroppedSubjects {
  const { missing, known, shared, subjects, empty, adjusted, modalities } = inspection;
  const drops = missing === 'drop';
  return {
    subjects: known - subjects,
    absent: drops ? known - shared : 0,
    incomplete: drops ? shared - subjects : 0,
    empty,
    uncovered: drops ? 0 : (adjusted?.lacking ?? 0),
    modalities: modalities.map(({ name, absent, incomplete }) => ({ name, absent, incomplete })),
  };
}
