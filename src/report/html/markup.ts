// HTML that is safe by type: a template tag whose parts are escaped unless they are markup already.

import { escapeXml } from '../../files/xml.js';

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Escapes plain parts, joins lists, leaves undefined out; a line break with its indentation becomes a space. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const [first, ...others] = pieces.map((piece) => piece.replace(/\n */g, ' '));
  return new Markup(others.reduce((text, piece, i) => text + written(parts[i]) + piece, first));
}

/** Text that is markup already: an SVG of this package. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

function written(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escapeXml(String(part));
  return part.map(written).join('');
}
