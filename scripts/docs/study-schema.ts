// The JSON Schema of a study file, from the zod schemas that read it. Built with the plugin of describe-schemas.mjs, it
// has a description for every key: from the doc comment beside the key, or from `DESCRIPTIONS`.

import * as z from 'zod';
import { studySchema } from '../../src/study/schema.js';
import { alternatives, type Schema } from './schema-rows.js';

/** Descriptions of keys that have no doc comment in src/study. */
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  study: 'A name for the study.',
  id: 'The column that identifies a subject, in every table. Tables are joined on it. `""` is a first column without a name.',
  'id.column': 'The name of the column.',
  'id.case': 'Bring ids to upper or lower case.',
  'id.rows': 'Join tables by the number of the row.',
  modalities: 'The modalities by name, two or more. An earlier modality may cause a later one.',
  split: 'How subjects are divided into training, validation and test.',
  'split.validation': 'Share (below 1) or number of subjects that choose epochs and restarts.',
  'split.test': 'Share (below 1) or number of held-out subjects. 0 holds nobody out.',
  'split.seed': 'Decides who belongs to which split.',
  'shared.latents': 'Number of shared latents.',
  'shared.modalities': 'The modalities that share them; left out: all.',
  training: 'Settings of the fit.',
  sparsity: 'Settings of the graph.',
  'adjust.columns': 'The covariates.',
  'discovery.forbidden': 'Pairs [from, to] that have no edge in this direction.',
  'discovery.required': 'Pairs [from, to] that have an edge, whatever the tests say.',
  table: 'The file, a list of files (stacked by rows), or a list of such lists (joined by columns).',
  decimal: 'The decimal mark.',
  omit: 'Columns to leave out, instead of `columns`.',
  latents: 'Number of latents to learn. `interlatent select` recommends one.',
  exogenous: 'Number of exogenous variables: what the decoder needs besides the latents.',
  'repeats.least': 'Subjects with fewer rows are left out.',
  'where.<name>.from': 'Smallest value, included.',
  'where.<name>.to': 'Largest value, included.',
  'skips.<name>.when': 'The column that says why the cell is empty.',
  'skips.<name>.is': 'Its codes that mean "not asked".',
  'skips.<name>.value': 'The value of the empty cell.',
  'limits.<name>.lower': 'The lower limit of detection.',
  'limits.<name>.upper': 'The upper limit of measurement.',
  'filter.top': 'Number of columns to keep.',
  'filter.by': 'The figure by which columns are ranked.',
  'transform.arcsinh': 'The cofactor.',
  images: 'Where the images are: files that a table names, or arrays.',
  series: 'Where the samples are, and how they become rows.',
  augment: 'Random changes of what encoders see in training; latents then say nothing about them.',
  'discovery.repeated.visits': 'Patterns of the columns of each visit, earliest first; `*` stands for the variable.',
  'discovery.repeated.maxLag': 'Most visits from a cause to its effect; left out: any number.',
  'discovery.repeated.withinVisit': 'Whether variables of one visit may cause each other.',
  'images.channels': 'Colours, or luminance only.',
  'images.slice.axis': 'The axis of the file that the slice is across.',
  'series.table': 'One file, or a list of files stacked by rows.',
  'series.channels': 'Columns of samples, labels of EDF signals, or the beginnings of the columns of a wide table.',
  'series.unit': 'Unit of the numbers in `time`.',
  'series.folder': 'Folder of the EDF files, relative to the study file.',
  'series.hop': 'From the beginning of one window to the beginning of the next; left out: `window`.',
  'series.range.<name>.from': 'Smallest possible value.',
  'series.range.<name>.to': 'Largest possible value.',
  'network.kind': 'The kind of network.',
  'augment.contrast': 'Values are multiplied by 1 ± up to this share.',
  'training.flow': 'Density of a latent given its parents.',
};

/** What the sections of a study file begin with, in the schema of each kind of modality. */
export type ModalityKind = 'table' | 'images' | 'series';

/** Returns the schema of a study file as users write it. @throws Error naming keys without a description */
export function studyJsonSchema(): Schema {
  const schema = z.toJSONSchema(studySchema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Schema;
  const missing: string[] = [];
  describeKeys(schema, '', missing);
  if (missing.length > 0) {
    throw new Error(`These keys of a study file have neither a doc comment nor a description:\n${missing.join('\n')}`);
  }
  return schema;
}

/** Returns the schema of a modality of a kind. */
export function modalityOf(study: Schema, kind: ModalityKind): Schema {
  const modalities = study.properties!['modalities'].additionalProperties as Schema;
  return alternatives(modalities).find(({ properties }) => properties && kind in properties)!;
}

/** Sets `description` where a key has none. @param missing gets the keys that nothing describes */
function describeKeys(schema: Schema, path: string, missing: string[]): void {
  for (const one of alternatives(schema)) {
    for (const [key, property] of Object.entries(one.properties ?? {})) {
      const at = path === '' ? key : `${path}.${key}`;
      const text = property.description ?? descriptionOf(at);
      if (text === undefined) missing.push(at);
      else Object.assign(property, { description: text });
      describeKeys(property, at, missing);
    }
    const items = typeof one.items === 'object' ? one.items : undefined;
    if (items) describeKeys(items, path, missing);
    const values = typeof one.additionalProperties === 'object' ? one.additionalProperties : undefined;
    // Keys of a modality are described as such, whatever the modality is called.
    if (values)
      describeKeys(values, path === 'modalities' || path === 'discovery.variables' ? '' : `${path}.<name>`, missing);
  }
}

/** Returns the description of a path; of `adjust.id.case` also that of `id.case`. */
function descriptionOf(path: string): string | undefined {
  const keys = path.split('.');
  for (let from = 0; from < keys.length; from++) {
    const text = DESCRIPTIONS[keys.slice(from).join('.')];
    if (text !== undefined) return text;
  }
  return undefined;
}
