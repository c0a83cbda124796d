// HTML that is safe by its type: a template tag escapes its parts, unless they are markup already.

import { escapeXml } from '../../files/xml.js';

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Escapes plain parts, joins lists, and omits undefined. A line break with its indentation becomes a space. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const [first, ...rest] = pieces.map((piece) => piece.replace(/\n */g, ' '));
  return new Markup(rest.reduce((text, piece, i) => text + written(parts[i]) + piece, first));
}

/** Declares a text as markup, such as an SVG of this package. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeXml(String(part));
  return part.map(written).join('');
}
