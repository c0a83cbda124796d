// interlatent simulate --from RUN --out DIR: simulates new subjects with a fitted model (docs/reference/questions.md).

import { join } from 'node:path';
import { rescale } from '../data/rescale.js';
import { selectSubjects } from '../data/select-rows.js';
import { InputError } from '../errors/errors.js';
import { makeFolder } from '../files/atomic.js';
import { exists } from '../files/exists.js';
import { writeTable } from '../files/read-table.js';
import type { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { nearestDistances, type GeneratedSubjects, type NearestDistances, type Setting } from '../questions/index.js';
import type { SimulationFormat } from '../simulation/files.js';
import { readStudy } from '../study/study.js';
import { print, printJson, wrapped } from './output.js';
import { askModel } from './questions.js';
import { valuesPerSubject } from '../data/regular-array.js';

export interface SimulateFromFlags {
  readonly subjects: number | undefined;
  readonly study: string | undefined;
  readonly seed: number | undefined;
  readonly causes: Setting | undefined;
  readonly out: string;
  readonly format: SimulationFormat;
  readonly json: boolean | undefined;
}

const SUBJECTS = 1000;
const PRIVACY =
  'new subjects are drawn from a model of real subjects and can be similar to them, so they may not be anonymous';

/** Simulates subjects. @throws InputError `folder-exists` if a table exists; as `generate` and `readStudy` */
export async function simulateFrom(
  run: string,
  { subjects = SUBJECTS, study, seed, causes, out, format, json }: SimulateFromFlags,
): Promise<void> {
  await askModel(run, async (model) => {
    const generated = await model.generate(subjects, { seed, causes });
    const nearest = study === undefined ? undefined : await nearestOf(model, generated, study);
    const files = await writeSubjects(generated, out, format);
    if (json) {
      printJson({ from: run, subjects, files, nearest });
      return;
    }
    print(`${subjects} subjects of ${generated.tables.length} modalities written to ${out}`);
    print(wrapped(`warning [privacy] ${PRIVACY}.`));
    if (nearest) {
      const { generated: ours, training } = nearest;
      print(
        `Median distance to the nearest training subject, in sd per column: ${ours.toFixed(3)}; ` +
          `of training subjects to the nearest other one: ${training.toFixed(3)}.`,
      );
    } else {
      print('Use --study STUDY to measure their distance to training subjects.');
    }
  });
}

async function nearestOf(
  model: MultimodalCausalModel,
  { standardised }: GeneratedSubjects,
  path: string,
): Promise<NearestDistances> {
  const { dataset } = await readStudy(path, { scales: model.columnScales, causes: model.summary.causes });
  const values = rescale(dataset, model.columnScales);
  const heldOut = new Set(model.heldOut);
  const training = Int32Array.from(dataset.ids.keys()).filter((row) => !heldOut.has(dataset.ids[row]));
  const trainingRows = values.map((table, m) =>
    selectSubjects(table, valuesPerSubject(model.columnScales[m]), training),
  );
  return nearestDistances(model.summary, standardised, trainingRows);
}

async function writeSubjects(
  { subjects, tables, latents, causes }: GeneratedSubjects,
  out: string,
  format: SimulationFormat,
): Promise<string[]> {
  await makeFolder(out);
  const digits = String(subjects).length;
  const ids = Array.from({ length: subjects }, (_, i) => `new${String(i + 1).padStart(digits, '0')}`);
  const ofCauses = causes && [{ name: 'causes', columns: causes.map(columnOf) }];
  const all = [...tables, { name: 'latents', columns: latents }, ...(ofCauses ?? [])].map((table) => ({
    path: join(out, `${table.name}.${format}`),
    columns: table.columns,
  }));
  for (const { path } of all) {
    if (!(await exists(path))) continue;
    throw new InputError('folder-exists', `${path} already exists and is not overwritten. Choose another folder`, {
      path,
    });
  }
  for (const { path, columns } of all) await writeTable(path, [{ name: 'id', values: ids }, ...columns]);
  return all.map(({ path }) => path);
}

/** Returns levels as texts, and numbers as numbers. */
function columnOf({ name, values }: { readonly name: string; readonly values: readonly (string | number)[] }) {
  const areNumbers = values.every((value) => typeof value === 'number');
  return { name, values: areNumbers ? Float64Array.from(values, Number) : values.map(String) };
}
