// Draws the elements of a published figure on a page of PDF, as vectors and text. The libraries that convert any SVG
// need a browser's document, or are not maintained; our drawings consist of eight elements.

import { InternalError } from '../../errors/errors.js';
import type { DrawnElement } from './drawn-tree.js';

/** A document of pdfkit. */
export type PdfCanvas = PDFKit.PDFDocument;

/** Names under which the document knows its fonts. */
export const FONTS = { regular: 'regular', bold: 'bold' } as const;

/** Attributes that elements inherit. */
interface Look {
  readonly fill: string;
  readonly stroke: string;
  readonly opacity: number;
}

const FIRST_LOOK: Look = { fill: '#000000', stroke: 'none', opacity: 1 };
/** Minimum weight of a bold font. */
const BOLD = 600;

type Attributes = DrawnElement['attributes'];

/** Draws a published figure with its top left corner at the origin of the canvas. The unit is the pixel. */
export function drawFigure(canvas: PdfCanvas, { children }: DrawnElement): void {
  drawAll(canvas, children, FIRST_LOOK);
}

function drawAll(canvas: PdfCanvas, children: DrawnElement['children'], look: Look): void {
  for (const child of children) if (typeof child !== 'string') draw(canvas, child, look);
}

function draw(canvas: PdfCanvas, element: DrawnElement, inherited: Look): void {
  const { name, attributes, children } = element;
  if (name === 'title' || name === 'desc') return;
  const look: Look = {
    fill: attributes['fill'] ?? inherited.fill,
    stroke: attributes['stroke'] ?? inherited.stroke,
    opacity: inherited.opacity * numberOf(attributes, 'opacity', 1),
  };
  canvas.save();
  transform(canvas, attributes['transform']);
  switch (name) {
    case 'g':
      drawAll(canvas, children, look);
      break;
    case 'svg':
      window(canvas, attributes);
      drawAll(canvas, children, look);
      break;
    case 'text':
      drawText(canvas, element, look);
      break;
    default:
      outline(canvas, name, attributes);
      paint(canvas, attributes, look);
  }
  canvas.restore();
}

/** Adds the outline of a shape to the current path. */
function outline(canvas: PdfCanvas, name: string, attributes: Attributes): void {
  const at = (key: string) => numberOf(attributes, key, 0);
  switch (name) {
    case 'path':
      canvas.path(attributes['d'] ?? '');
      break;
    case 'line':
      canvas.path(`M${at('x1')} ${at('y1')}L${at('x2')} ${at('y2')}`);
      break;
    case 'circle':
      canvas.circle(at('cx'), at('cy'), at('r'));
      break;
    case 'rect': {
      const [x, y, width, height] = ['x', 'y', 'width', 'height'].map(at);
      const radius = Math.min(at('rx'), width / 2, height / 2);
      if (radius > 0) canvas.roundedRect(x, y, width, height, radius);
      else canvas.rect(x, y, width, height);
      break;
    }
    default:
      throw new InternalError('invalid-drawing', `A figure has an element that PDF pages cannot show: ${name}`, {
        name,
      });
  }
}

function paint(canvas: PdfCanvas, attributes: Attributes, { fill, stroke, opacity }: Look): void {
  const [fills, strokes] = [fill !== 'none' && attributes['x1'] === undefined, stroke !== 'none'];
  if (fills) canvas.fillOpacity(opacity * numberOf(attributes, 'fill-opacity', 1));
  if (strokes) {
    const [dash = 0, space = dash] = (attributes['stroke-dasharray'] ?? '').split(/[ ,]+/).map(Number);
    canvas
      .strokeOpacity(opacity * numberOf(attributes, 'stroke-opacity', 1))
      .lineWidth(numberOf(attributes, 'stroke-width', 1))
      .lineCap(attributes['stroke-linecap'] ?? 'butt')
      .lineJoin(attributes['stroke-linejoin'] ?? 'miter');
    if (dash > 0) canvas.dash(dash, { space });
    else canvas.undash();
  }
  if (fills && strokes) canvas.fillAndStroke(fill, stroke);
  else if (fills) canvas.fill(fill);
  else if (strokes) canvas.stroke(stroke);
}

/** Draws a text and the pieces of other sizes in it. */
function drawText(canvas: PdfCanvas, { attributes, children }: DrawnElement, { fill, opacity }: Look): void {
  const size = numberOf(attributes, 'font-size', 12);
  const font = numberOf(attributes, 'font-weight', 400) >= BOLD ? FONTS.bold : FONTS.regular;
  const pieces = children.flatMap((child) => {
    const inside = typeof child === 'string' ? {} : child.attributes;
    const text = typeof child === 'string' ? child : child.children.filter((one) => typeof one === 'string').join('');
    const letters = numberOf(inside, 'font-size', size);
    canvas.font(font).fontSize(letters);
    return {
      text,
      letters,
      fill: inside['fill'] ?? fill,
      down: numberOf(inside, 'dy', 0),
      width: canvas.widthOfString(text),
    };
  });
  const all = pieces.reduce((sum, { width }) => sum + width, 0);
  const share = { start: 0, middle: 0.5, end: 1 }[attributes['text-anchor'] ?? 'start'] ?? 0;
  let x = numberOf(attributes, 'x', 0) - share * all;
  let y = numberOf(attributes, 'y', 0);
  canvas.fillOpacity(opacity);
  for (const { text, letters, fill: colour, down, width } of pieces) {
    y += down;
    canvas
      .fillColor(colour)
      .font(font)
      .fontSize(letters)
      .text(text, x, y, { lineBreak: false, baseline: 'alphabetic' });
    x += width;
  }
}

/** Cuts off what is outside a nested viewport, whose unit is that of its parent. */
function window(canvas: PdfCanvas, attributes: Attributes): void {
  const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((key) => numberOf(attributes, key, 0));
  canvas.rect(x, y, width, height).clip();
}

const TRANSFORM = /(translate|rotate)\(([^)]*)\)/g;

function transform(canvas: PdfCanvas, text = ''): void {
  for (const [, kind, list] of text.matchAll(TRANSFORM)) {
    const [a, b = 0, c = 0] = list.split(/[ ,]+/).map(Number);
    if (kind === 'translate') canvas.translate(a, b);
    else canvas.translate(b, c).rotate(a).translate(-b, -c);
  }
}

function numberOf(attributes: Attributes, name: string, otherwise: number): number {
  const text = attributes[name];
  return text === undefined ? otherwise : Number.parseFloat(text);
}
