// interlatent init TABLE…: writes a first study file for tables.

import { Command } from 'commander';
import { InputError } from '../errors/errors.js';
import { writeDraft, type CheckedDraft, type DraftModality, type Finding } from '../study/draft/index.js';
import { describe } from './help.js';
import { print, printHeading, printJson, printable, wrapped } from './output.js';
import { jsonOption } from './settings.js';

interface Flags {
  out: string;
  id?: string;
  rows?: boolean;
  json?: boolean;
}

/** Words for findings without a key in the file. */
const WORDS: Readonly<Partial<Record<Finding['key'], string>>> = { text: 'left out' };
/** Maximum number of columns in a list. The file contains all columns and reasons. */
const MAX_SHOWN = 8;

export function initCommand(): Command {
  const command = new Command('init')
    .argument('<tables...>', 'Tables, one per modality. Files with the same columns and other subjects are stacked.')
    .option('--out <file>', 'Study file to write. A file that is already there is not overwritten.', 'study.yaml')
    .option('--id <column>', 'Column that identifies a subject. "" is a first column without a name.')
    .option('--rows', 'Row n of every table is the same subject; the tables need no column of ids.')
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Reads tables and writes a commented study file. It guesses ids, modalities, kinds of columns, codes of ' +
      'missing values, and groups.',
    examples: [
      'interlatent init body.csv blood.csv --out study.yaml',
      ['interlatent init genes.tsv proteins.parquet --id sample', 'names the column of ids'],
    ],
    details: [
      'What is certain becomes a key of the file. What is a guess becomes a comment with its reason: remove the # to ' +
        'use it. All guesses are printed. init then reads the study as inspect does.',
      'Formats: .csv, .tsv, .txt (also with .gz), .parquet, .npz, .npy, .xlsx, .arrow, .feather, .h5ad, .h5mu, .mtx ' +
        'and folders of Cell Ranger.',
      'Images and time series are not guessed. Add them to the file as described in docs/reference/images.md and ' +
        'docs/reference/series.md.',
    ],
  }).action(async (tables: string[], { out, id, rows, json }: Flags) => {
    if (id !== undefined && rows) {
      throw new InputError('invalid-option', '--rows excludes --id: numbered rows have no column of ids.', {
        option: '--rows',
      });
    }
    const checked = await writeDraft(tables, { out, id, rows });
    if (json) printJson({ out, ...contentOf(checked) });
    else printDraft(checked, out);
  });
}

/** Returns the JSON output. */
function contentOf({ draft, inspection, problem }: CheckedDraft): object {
  const split = inspection && { subjects: inspection.subjects, ...inspection.split };
  return { ...draft, check: inspection ? { ok: true, ...split } : { ok: false, ...problem } };
}

function printDraft({ draft, inspection, problem }: CheckedDraft, out: string): void {
  const { id, group, modalities, leftOut, covariates } = draft;
  const subjects = inspection ? `, ${inspection.subjects} subjects` : '';
  print(`Written: ${out} (${modalities.length} modalities${subjects})`);
  const column = id.column === '' ? 'the first column, which has no name' : (id.column ?? 'number of the row');
  print(wrapped(`id: ${column} (${sureness(id)}: ${id.reason})`, '  '));
  if (group) print(wrapped(`group: ${group.column} (${sureness(group)}: ${group.reason})`, '  '));
  for (const modality of modalities) printModality(modality);
  for (const { files, width } of leftOut) {
    print(wrapped(`\nLeft out: ${files.join(', ')} has ${width} columns to fit; a modality needs two.`));
  }
  if (covariates) {
    print(wrapped(`\nPossible covariates (a comment in the file): ${covariates.columns.join(', ')}.`));
  }
  if (problem) {
    printHeading('To do before a fit');
    print(wrapped(printable(`${problem.message} [${problem.code}]`)));
  }
  printHeading('Next steps');
  print(`Read ${out}, and decide on the guesses.`);
  print(`interlatent inspect ${out}`);
  if (!problem) print(`interlatent select ${out}`);
}

const sureness = ({ certain }: { readonly certain: boolean }): string => (certain ? 'certain' : 'guess');

function printModality({ name, files, rows, width, latents, findings }: DraftModality): void {
  printHeading(name);
  const plural = latents === 1 ? 'latent' : 'latents';
  print(wrapped(`  ${files.join(' + ')}: ${rows} rows, ${width} columns to fit, ${latents} ${plural}`, '  '));
  for (const certain of [true, false]) {
    const some = findings.filter((finding) => finding.certain === certain);
    for (const key of new Set(some.map((finding) => finding.key))) {
      const text = findingsText(some.filter((finding) => finding.key === key));
      print(wrapped(`  ${certain ? 'certain' : 'guess'}, ${WORDS[key] ?? key}: ${printable(text)}`, '    '));
    }
  }
}

/** Returns the columns of findings with their values, and with the reason if there is one finding. */
function findingsText(findings: readonly Finding[]): string {
  const shown = findings.slice(0, MAX_SHOWN).map(({ column, value }) => {
    const is = value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);
    return [column, is].filter((part) => part !== undefined && part !== '').join(' ');
  });
  const rest = findings.length - shown.length;
  const [{ reason }] = findings;
  const list = `${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  if (findings.length > 1) return list;
  return list === '' ? reason : `${list} (${reason})`;
}
