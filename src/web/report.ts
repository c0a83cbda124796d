// Writes the report of a fit in the page.

import { interpret } from '../interpretation/interpret.js';
import type { OutOfFoldLatents, ModelLatents } from '../inference/model-latents.js';
import { reportHtml } from '../report/html/report.js';
import { examineSubjects } from '../report/examined-subjects.js';
import type { ProgramOptions } from '../runtime/program.js';
import type { Study } from '../study/reading/study-data.js';
import type { SavedRun } from '../training/run-folder.js';

/** Returns the page of a report. @throws as `examineSubjects` and `reportHtml` */
export async function reportPage(
  { summary, graph, history, parameters }: Omit<SavedRun, 'heldOut'>,
  {
    latents,
    options,
    outOfFold,
  }: {
    readonly latents: ModelLatents;
    readonly options: ProgramOptions;
    readonly outOfFold: OutOfFoldLatents | undefined;
  },
  study: Study | undefined,
): Promise<string> {
  const subjects = study && (await examineSubjects(study, { summary, parameters, latents, options }));
  const fitted = { summary, graph, parameters, latents, heldOut: undefined, compute: options, outOfFold };
  const interpretation = study && (await interpret({ ...fitted, study, dataset: study.dataset }));
  return reportHtml({
    ...{ summary, graph, history },
    ...(subjects && { subjects: { ...subjects, outOfFold } }),
    ...(interpretation && { interpretation }),
  });
}
