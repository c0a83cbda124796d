// Writes the figures of a fit into a folder.

import { join } from 'node:path';
import { writeFileAtomic, makeFolder } from '../../files/atomic.js';
import { version } from '../../runtime/package.js';
import type { Figure } from './figures.js';
import { figurePdf, figuresPdf } from './pdf.js';

export const FIGURE_FORMATS = ['svg', 'pdf'] as const;
export type FigureFormat = (typeof FIGURE_FORMATS)[number];

export interface WriteFiguresOptions {
  /** Formats of the figures. Default: svg and pdf. */
  readonly formats?: readonly FigureFormat[] | undefined;
  /** TrueType or OpenType font of PDF files. Default: Inter, of the package `@expo-google-fonts/inter`. */
  readonly font?: string | undefined;
  /** Title of figures.pdf. */
  readonly title?: string | undefined;
  /** Figures that could not be drawn, and why, for figures.json. */
  readonly notDrawn?: Readonly<Record<string, string>> | undefined;
}

/** Why the figures have these colours. */
export const PALETTE =
  'The colours of modalities differ for normal, protan, deutan and tritan vision (Machado et al. 2009), and each has ' +
  'a contrast of at least 3 : 1 to white.';

/** Content of figures.json. */
export interface FigureList {
  readonly interlatent: string;
  readonly palette: string;
  /** The multi-panel document; left out without PDF. */
  readonly document?: string;
  readonly figures: readonly (Omit<Figure, 'svg'> & { readonly files: readonly string[] })[];
  /** Figures that were not drawn by name, and why. */
  readonly notDrawn?: Readonly<Record<string, string>>;
}

/**
 * Writes every figure as NAME.svg and NAME.pdf, all figures as panels of figures.pdf, and figures.json with titles and
 * captions. Widths and heights are in millimetres, letters in points.
 * @throws InputError `missing-peer`, `missing-letters`; FileError `unwritable`, `disk-full`
 */
export async function writeFigures(
  folder: string,
  figures: readonly Figure[],
  { formats = FIGURE_FORMATS, notDrawn, ...options }: WriteFiguresOptions = {},
): Promise<FigureList> {
  const files = new Map<string, string | Uint8Array>();
  for (const figure of figures) {
    if (formats.includes('svg')) files.set(`${figure.name}.svg`, figure.svg);
    if (formats.includes('pdf')) files.set(`${figure.name}.pdf`, await figurePdf(figure, { font: options.font }));
  }
  const hasDocument = formats.includes('pdf');
  if (hasDocument) files.set(DOCUMENT, await figuresPdf(figures, options));
  const list: FigureList = {
    interlatent: version,
    palette: PALETTE,
    ...(hasDocument && { document: DOCUMENT }),
    figures: figures.map(({ name, title, caption, finding, width, height, smallestLetter }) => ({
      ...{ name, title, caption, finding, width, height, smallestLetter },
      files: formats.map((format) => `${name}.${format}`),
    })),
    ...(notDrawn && { notDrawn }),
  };
  await makeFolder(folder);
  for (const [name, content] of files) await writeFileAtomic(join(folder, name), content);
  await writeFileAtomic(join(folder, 'figures.json'), `${JSON.stringify(list, null, 2)}\n`);
  return list;
}

const DOCUMENT = 'figures.pdf';
