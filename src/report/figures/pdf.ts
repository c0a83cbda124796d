// Figures as PDF: one figure on a page of its size, or all figures as panels with letters. Vectors, and embedded fonts.

import { InputError } from '../../errors/errors.js';
import { loadPeer } from '../../files/peer.js';
import { readBytes } from '../../files/bytes.js';
import { readDrawing, type DrawnElement } from './drawn-tree.js';
import type { Figure } from './figures.js';
import { FONTS, drawFigure, type PdfCanvas } from './pdf-shapes.js';
import { COLUMNS, viewBoxOf } from './publication.js';

export interface PdfOptions {
  /** TrueType or OpenType font for all letters. Default: Inter. */
  readonly font?: string | undefined;
  /** Title of the document. */
  readonly title?: string | undefined;
}

const PT_PER_MM = 72 / 25.4;
/** Margin of a page of panels, gap between panels, height of a panel's heading, in millimetres. */
const MARGIN = 15;
const GAP = 10;
const HEADING = 7;
/** Maximum height of the panels of a page. */
const PAGE_HEIGHT = 297;
const PAGE_WIDTH = COLUMNS.two + 2 * MARGIN;
const LETTER_POINTS = 10;
const TITLE_POINTS = 7.5;

/** Returns one figure as a PDF whose page has exactly its size. @throws what `fontsOf` throws */
export async function figurePdf(figure: Figure, options: PdfOptions = {}): Promise<Uint8Array> {
  const document = await newDocument([figure], { title: figure.title, ...options });
  document.addPage({ size: [figure.width * PT_PER_MM, figure.height * PT_PER_MM], margin: 0 });
  place(document, figure, { x: 0, y: 0 });
  return bytesOf(document);
}

/**
 * Returns all figures as panels of a document, with letters and titles. Two narrow figures share a row.
 * @throws what `figurePdf` throws
 */
export async function figuresPdf(figures: readonly Figure[], options: PdfOptions = {}): Promise<Uint8Array> {
  const document = await newDocument(figures, options);
  const pages = panelPages(figures);
  for (const panels of pages) {
    const bottom = Math.max(...panels.map(({ y, figure }) => y + HEADING + figure.height)) + MARGIN;
    document.addPage({ size: [PAGE_WIDTH * PT_PER_MM, Math.max(bottom, COLUMNS.one) * PT_PER_MM], margin: 0 });
    for (const { figure, letter, x, y } of panels) {
      const [left, top] = [x * PT_PER_MM, y * PT_PER_MM];
      const line = { lineBreak: false, baseline: 'alphabetic' } as const;
      document.fillColor('#000000').fillOpacity(1);
      document
        .font(FONTS.bold)
        .fontSize(LETTER_POINTS)
        .text(letter, left, top + LETTER_POINTS, line);
      document.fontSize(TITLE_POINTS).text(figure.title, left + 2 * LETTER_POINTS, top + LETTER_POINTS, line);
      place(document, figure, { x, y: y + HEADING });
    }
  }
  return bytesOf(document);
}

interface PlacedPanel {
  readonly figure: Figure;
  readonly letter: string;
  /** Position of the top left corner on its page, in millimetres. */
  readonly x: number;
  readonly y: number;
}

/** Returns the panels of every page, in reading order. */
export function panelPages(figures: readonly Figure[]): PlacedPanel[][] {
  const rows: Figure[][] = [];
  for (const figure of figures) {
    const row = rows.at(-1);
    const isNarrow = (one: Figure) => one.width === COLUMNS.one;
    if (row?.length === 1 && isNarrow(row[0]) && isNarrow(figure)) row.push(figure);
    else rows.push([figure]);
  }
  const pages: PlacedPanel[][] = [];
  let [y, count] = [Infinity, 0];
  for (const row of rows) {
    const height = HEADING + Math.max(...row.map((figure) => figure.height));
    if (y + height > PAGE_HEIGHT - MARGIN) {
      pages.push([]);
      y = MARGIN;
    }
    for (const [column, figure] of row.entries()) {
      const x = MARGIN + column * (COLUMNS.one + GAP);
      pages[pages.length - 1].push({ figure, letter: panelLetter(count++), x, y });
    }
    y += height + GAP;
  }
  return pages;
}

/** Returns a, b, …, z, aa, ab, … */
export function panelLetter(position: number): string {
  const last = String.fromCharCode('a'.charCodeAt(0) + (position % 26));
  return position < 26 ? last : panelLetter(Math.floor(position / 26) - 1) + last;
}

/** Draws a figure. @param at top left corner, in millimetres */
function place(document: PdfCanvas, { svg, width }: Figure, at: { readonly x: number; readonly y: number }): void {
  const root = readDrawing(svg);
  const [left, top, boxWidth, boxHeight] = viewBoxOf(root.attributes);
  document.save();
  document.translate(at.x * PT_PER_MM, at.y * PT_PER_MM).scale((width * PT_PER_MM) / boxWidth);
  document.translate(-left, -top);
  document.rect(left, top, boxWidth, boxHeight).clip();
  drawFigure(document, root);
  document.restore();
}

/** Returns a document without pages, with its fonts. @throws InputError `missing-peer`, `missing-letters` */
async function newDocument(figures: readonly Figure[], { font, title = '' }: PdfOptions): Promise<PdfCanvas> {
  const { default: PdfDocument } = await loadPeer('pdfkit', 'PDF files are', () => import('pdfkit'), 'written');
  const document = new PdfDocument({
    autoFirstPage: false,
    pdfVersion: '1.7',
    info: { Title: title, Creator: 'interlatent', CreationDate: EPOCH, ModDate: EPOCH },
  });
  for (const [name, path] of Object.entries(await fontFiles(font))) {
    document.registerFont(name, Buffer.from(await readBytes(path)));
    document.font(name);
    checkLetters(document, figures, path);
  }
  return document;
}

/** The same figures give the same bytes, so documents have a fixed date. */
const EPOCH = new Date(0);

const INTER = '@expo-google-fonts/inter';

/** Returns the paths of both fonts. @throws InputError `missing-peer` */
async function fontFiles(font: string | undefined): Promise<Record<keyof typeof FONTS, string>> {
  if (font !== undefined) return { regular: font, bold: font };
  const { createRequire } = await import('node:module');
  const { resolve } = createRequire(import.meta.url);
  const pathOf = (file: string) =>
    loadPeer(
      INTER,
      'the font of PDF files is',
      () => Promise.resolve().then(() => resolve(`${INTER}/${file}`)),
      'provided',
    );
  return {
    regular: await pathOf('400Regular/Inter_400Regular.ttf'),
    bold: await pathOf('600SemiBold/Inter_600SemiBold.ttf'),
  };
}

/** What is used of a font of fontkit, which pdfkit does not declare. */
interface OpenFont {
  readonly _font: { readonly font: { hasGlyphForCodePoint(code: number): boolean } };
}

/** @throws InputError `missing-letters` if the font lacks a letter of a figure */
function checkLetters(document: PdfCanvas, figures: readonly Figure[], path: string): void {
  const { font } = (document as unknown as OpenFont)._font;
  const letters = new Set(figures.flatMap(({ svg, title }) => [...Array.from(title), ...lettersOf(readDrawing(svg))]));
  const missing = [...letters].filter((letter) => !font.hasGlyphForCodePoint(letter.codePointAt(0)!));
  if (missing.length === 0) return;
  throw new InputError(
    'missing-letters',
    `The font ${path} has no ${missing.join(' ')}. Pass a font that has these letters with --font, or \`font\`.`,
    { path, letters: missing },
  );
}

function lettersOf({ name, children }: DrawnElement): string[] {
  if (name === 'title' || name === 'desc') return [];
  return children.flatMap((child) => (typeof child === 'string' ? Array.from(child) : lettersOf(child)));
}

function bytesOf(document: PdfCanvas): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const parts: Uint8Array[] = [];
    document.on('data', (part: Uint8Array) => parts.push(part));
    document.on('end', () => {
      resolve(new Uint8Array(Buffer.concat(parts)));
    });
    document.on('error', reject);
    document.end();
  });
}
