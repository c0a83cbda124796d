// interlatent figures RUN --out DIR: writes every figure of a fit for a paper (docs/how-to/make-figures.md).

import { Command, InvalidArgumentError, Option } from 'commander';
import { readText } from '../files/bytes.js';
import { parseJson } from '../files/json.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import {
  COLUMNS,
  FIGURE_FORMATS,
  MIN_LETTER,
  writeFigures,
  type Figure,
  type FigureFormat,
  type FigureList,
  type FigureWidth,
} from '../report/figures/index.js';
import { readDiscovery } from '../report/index.js';
import type { PermutationNull } from '../evidence/index.js';
import type { Replication } from '../replication/index.js';
import type { Study } from '../study/study.js';
import type { DeviceName } from '../runtime/device.js';
import { decimals } from '../text/numbers.js';
import { describe } from './help.js';
import { print, printJson, table, wrapped } from './output.js';
import { deviceOption, jsonOption } from './settings.js';
import { findStudy } from './study-of-run.js';

interface Flags {
  readonly out: string;
  readonly format: readonly FigureFormat[];
  readonly study?: string;
  readonly discovery?: string;
  readonly replication?: string;
  readonly null?: string;
  readonly sets?: readonly string[];
  readonly width: keyof typeof WIDTHS;
  readonly font?: string;
  readonly device: DeviceName;
  readonly json?: boolean;
}

const WIDTHS = { auto: undefined, '85mm': COLUMNS.one, '180mm': COLUMNS.two } as const;

export function figuresCommand(): Command {
  const command = new Command('figures')
    .argument('<run>', 'RUN folder of a fit.')
    .requiredOption('--out <dir>', 'Folder to write.')
    .option('--format <list>', 'Formats: svg, pdf, or both.', formatsOf, [...FIGURE_FORMATS])
    .option('--study <file>', 'Study file, for figures that show subjects (default: the one that RUN was fitted on).')
    .option('--discovery <file>', 'Graph that `interlatent discover --out FILE.json` wrote.')
    .option('--replication <file>', 'Output of `interlatent replicate --json`: results in a second cohort.')
    .option('--null <file>', 'Refits of shuffled subjects, which `interlatent null --out FILE.json` wrote.')
    .option('--sets <files...>', 'GMT files with gene sets, for a figure of the sets that latents raise or lower.')
    .addOption(
      new Option('--width <width>', 'Width of all figures. auto: one column (85mm) where the letters are large enough.')
        .choices(Object.keys(WIDTHS))
        .default('auto'),
    )
    .option('--font <file>', 'TrueType or OpenType font of PDF files (default: Inter).')
    .addOption(deviceOption())
    .addOption(jsonOption());
  return describe(command, {
    description:
      'Writes every figure of a fit for a paper: vectors of 85 or 180 mm, and one PDF with all of them as panels.',
    examples: [
      'interlatent figures runs/study --out figures',
      [
        'interlatent figures runs/study --out figures --format svg --width 85mm',
        'SVG only, all of them one column wide',
      ],
      [
        'interlatent figures runs/study --out figures --null null.json --sets hallmark.gmt',
        'also the calibration of the tests, and gene sets',
      ],
    ],
    details: [
      'figures.json has the titles and captions. A figure whose evidence is missing says so. The command names the ' +
        'figures that it cannot draw, with the reason.',
      'PDF needs two packages: npm install pdfkit @expo-google-fonts/inter. With --font, only pdfkit.',
    ],
  }).action(write);
}

function formatsOf(text: string): FigureFormat[] {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !FIGURE_FORMATS.some((format) => format === name));
  if (unknown !== undefined) throw new InvalidArgumentError(`"${unknown}" is not one of ${FIGURE_FORMATS.join(', ')}.`);
  return FIGURE_FORMATS.filter((format) => names.includes(format));
}

async function write(run: string, flags: Flags): Promise<void> {
  const { out, format: formats, discovery, replication, null: refits, sets, font, device, json } = flags;
  const width: FigureWidth | undefined = WIDTHS[flags.width];
  const model = await MultimodalCausalModel.load(run, { device });
  try {
    const { study, missing } = await findStudy(model, flags.study);
    const searched = discovery === undefined ? undefined : readDiscovery(await readText(discovery), discovery);
    const tested = replication === undefined ? undefined : await jsonOf<Replication>(replication);
    const chance = refits === undefined ? undefined : await jsonOf<PermutationNull>(refits);
    const figures = await model.figures({ study, discovery: searched, replication: tested, chance, sets, width });
    const notDrawn = undrawnFigures(figures, { study, missing });
    const list = await writeFigures(out, figures, { formats, font, title: model.summary.study, notDrawn });
    if (json) printJson({ out, ...list, reason: missing });
    else printList(out, list);
  } finally {
    await model.dispose();
  }
}

/** Reads the output of another command, which `model.figures` checks. @throws what reading JSON throws */
async function jsonOf<Output>(path: string): Promise<Output> {
  return parseJson(await readText(path)) as Output;
}

/** Returns the figures that are missing, and why. Figures that the fit cannot have are not named. */
function undrawnFigures(
  figures: readonly Figure[],
  { study, missing }: { readonly study: Study | undefined; readonly missing: string | undefined },
): Record<string, string> {
  const ofSubjects = (reason: string): string => (study ? reason : (missing ?? 'the subjects are missing'));
  const reasons = {
    discovery: 'pass a graph of `interlatent discover` with --discovery',
    variance: ofSubjects('no modality has columns'),
    loadings: ofSubjects('no modality is a table'),
    'gene-sets': 'pass gene sets with --sets',
    outcomes: ofSubjects(
      study?.outcomes?.length ? 'the fit has no out-of-fold latents' : 'the study declares no outcomes',
    ),
    replication: 'pass the output of `interlatent replicate --json` with --replication',
    calibration: 'pass the output of `interlatent null STUDY --out FILE.json` with --null',
  };
  const drawn = (name: string) => figures.some((figure) => figure.name === name || figure.name.startsWith(`${name}-`));
  return Object.fromEntries(Object.entries(reasons).filter(([name]) => !drawn(name)));
}

function printList(out: string, { figures, document, palette, notDrawn = {} }: FigureList): void {
  print(
    table(
      ['figure', 'mm', 'shows'],
      figures.map(({ name, title, width, height, finding }) => [
        name,
        `${width} × ${Math.round(height)}`,
        finding === 'shown' || finding === 'described' ? title : `${title}: ${WORDS[finding]}`,
      ]),
    ),
  );
  print(
    wrapped(
      `\nWritten to ${out}${document === undefined ? '' : `, all as panels in ${document}`}. Titles and captions: ` +
        'figures.json.',
    ),
  );
  print(wrapped(palette));
  const small = figures.filter(({ smallestLetter }) => smallestLetter < MIN_LETTER);
  if (small.length > 0) {
    const names = small.map(({ name, smallestLetter }) => `${name} (${decimals(smallestLetter, 1)} pt)`).join(', ');
    print(wrapped(`Letters below ${MIN_LETTER} pt: ${names}. Use --width 180mm or auto.`));
  }
  for (const [name, reason] of Object.entries(notDrawn)) print(wrapped(`Not drawn: ${name} (${reason})`));
}

const WORDS = { none: 'nothing supported', untested: 'not tested' } as const;
