// Drawings for print: a light page's colours as attributes instead of style sheets, an exact width in millimetres, and
// letters of the sizes that journals request. Programs that know no style sheets show them alike.

import { styleSheet } from '../theme.js';
import { drawingText, readDrawing, type DrawnChild, type DrawnElement } from './drawn-tree.js';

/** Widths of one and of two columns of a page, in millimetres. */
export const COLUMNS = { one: 85, two: 180 } as const;
export type FigureWidth = (typeof COLUMNS)[keyof typeof COLUMNS];

const MM_PER_INCH = 25.4;
const PT_PER_INCH = 72;
/** Points per pixel. The letters of our drawings, 10 to 13 pixels, are then 6 to 8 points. */
const PT_PER_PIXEL = 0.6;
const MM_PER_PIXEL = (PT_PER_PIXEL * MM_PER_INCH) / PT_PER_INCH;
/** Minimum size of a letter, in points. Journals refuse smaller ones. */
export const MIN_LETTER = 5;

/** Fonts that vector programs and browsers have, and that journals accept. */
export const FONT_FAMILY = 'Inter, Arial, Helvetica, "Liberation Sans", "DejaVu Sans", sans-serif';

export interface Published {
  /** A stand-alone SVG. */
  readonly svg: string;
  /** Size in millimetres. */
  readonly width: FigureWidth;
  readonly height: number;
  /** Size of the smallest letters, in points. */
  readonly smallestLetter: number;
}

export interface PublicationTexts {
  readonly title: string;
  readonly caption: string;
}

/** Returns the width of a chart's body, in pixels, that fills a column. @param margin sum of both margins */
export function bodyWidth(width: FigureWidth, margin: number): number {
  return Math.floor(width / MM_PER_PIXEL) - margin;
}

/** Returns the narrowest column in which a drawing has letters of a sufficient size. */
export function columnOf(drawing: string): FigureWidth {
  const { attributes } = readDrawing(drawing);
  const [, , width] = viewBoxOf(attributes);
  const scale = scaleIn(COLUMNS.one, width);
  return scale * smallestLetter(readDrawing(drawing)) * PT_PER_PIXEL >= MIN_LETTER ? COLUMNS.one : COLUMNS.two;
}

/**
 * Returns a drawing of a page as a figure for print.
 * @param drawing a drawing with the theme `page`
 * @param width of the figure. A smaller drawing is centred; a larger one is reduced
 */
export function published(drawing: string, width: FigureWidth, { title, caption }: PublicationTexts): Published {
  const root = readDrawing(drawing);
  const [x, y, w, h] = viewBoxOf(root.attributes);
  const full = width / MM_PER_PIXEL;
  const scale = scaleIn(width, w);
  const box = scale < 1 ? [x, y, w, h] : [x - (full - w) / 2, y, full, h];
  const height = h * scale * MM_PER_PIXEL;
  const texts = [
    { name: 'title', attributes: {}, children: [title] },
    { name: 'desc', attributes: {}, children: [caption] },
  ];
  const shapes = root.children.flatMap((child) =>
    typeof child === 'string' || child.name === 'desc' ? [] : styled(child),
  );
  const result: DrawnElement = {
    name: 'svg',
    attributes: {
      xmlns: 'http://www.w3.org/2000/svg',
      width: `${width}mm`,
      height: `${rounded(height)}mm`,
      viewBox: box.map(rounded).join(' '),
      role: 'img',
      'font-family': FONT_FAMILY,
    },
    children: [...texts, ...shapes],
  };
  return {
    svg: `<?xml version="1.0" encoding="UTF-8"?>\n${drawingText(result)}\n`,
    width,
    height: rounded(height),
    smallestLetter: rounded(smallestLetter(root) * scale * PT_PER_PIXEL),
  };
}

function scaleIn(width: FigureWidth, pixels: number): number {
  return Math.min(1, width / MM_PER_PIXEL / pixels);
}

/** Returns left, top, width and height, in pixels. */
export function viewBoxOf({ viewBox }: DrawnElement['attributes']): [number, number, number, number] {
  return viewBox!.split(' ').map(Number) as [number, number, number, number];
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Returns the size of the smallest letters, in pixels. */
function smallestLetter({ attributes, children }: DrawnElement): number {
  const inside = children.map((child) => (typeof child === 'string' ? Infinity : smallestLetter(child)));
  return Math.min(Number(attributes['font-size'] ?? Infinity), ...inside);
}

/** Attributes for pages only. */
const OF_PAGES = /^(?:class|tabindex|role|aria-label|data-.*)$/;

/** Returns an element with its look as attributes; nothing for an area that only reacts to the pointer. */
function styled({ name, attributes, children }: DrawnElement): DrawnElement[] {
  const classes = (attributes['class'] ?? '').split(' ');
  if (classes.includes('il-reach')) return [];
  const retained = Object.entries(attributes).filter(([key]) => !OF_PAGES.test(key));
  const looks = [...classRules()].flatMap(([one, look]) => (classes.includes(one) ? Object.entries(look) : []));
  const description = attributes['aria-label'];
  const hover = description === undefined ? [] : [{ name: 'title', attributes: {}, children: [description] }];
  const inside = children.flatMap((child): DrawnChild[] => (typeof child === 'string' ? [child] : styled(child)));
  return [{ name, attributes: Object.fromEntries([...retained, ...looks]), children: [...hover, ...inside] }];
}

let rulesOfClasses: ReadonlyMap<string, Readonly<Record<string, string>>> | undefined;

/** Returns the declarations of every class of a light page, in the order in which they apply. */
function classRules(): ReadonlyMap<string, Readonly<Record<string, string>>> {
  if (rulesOfClasses) return rulesOfClasses;
  const rules = new Map<string, Record<string, string>>();
  for (const [, selectors, body] of styleSheet('light').matchAll(/([^{}]+)\{([^}]*)\}/g)) {
    const declarations = body.split(';').map((one) => one.split(':') as [string, string]);
    for (const [, name] of selectors.matchAll(/\.(il-[\w]+)(?=$|,)/g)) {
      rules.set(name, { ...rules.get(name), ...Object.fromEntries(declarations.filter(([key]) => key !== '')) });
    }
  }
  rulesOfClasses = rules;
  return rules;
}
