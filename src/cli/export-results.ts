// interlatent export RUN --format h5ad|h5mu|xlsx --out FILE: writes the results of a fit for other programs.

import { RESULT_FORMATS, type ResultFormat } from '../interpretation/result-file.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import { listed } from '../text/numbers.js';
import { printMissing } from './missing-tables.js';
import { print, wrapped } from './output.js';
import { findStudy } from './study-of-run.js';

export { RESULT_FORMATS, type ResultFormat } from '../interpretation/result-file.js';

/** True for a format of results; the other formats have encoders. */
export function isResultFormat(format: string): format is ResultFormat {
  return (RESULT_FORMATS as readonly string[]).includes(format);
}

/** @throws what `exportResults` of a model throws */
export async function exportResults(
  run: string,
  format: ResultFormat,
  {
    out,
    study: path,
    sets,
  }: { readonly out: string; readonly study?: string | undefined; readonly sets?: readonly string[] | undefined },
): Promise<void> {
  await using model = await MultimodalCausalModel.load(run);
  const { study, missing: reason } = await findStudy(model, path);
  const { tables, missing } = await model.exportResults(out, format, { study, sets });
  print(`Written to ${out}`);
  print(wrapped(`Tables: ${listed(tables)}`));
  if (reason !== undefined) print(wrapped(`Without the subjects, because ${reason}`));
  printMissing(missing);
}
