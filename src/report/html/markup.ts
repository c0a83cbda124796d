// HTML that is safe by type: a template tag whose parts are escaped unless they are markup already.

import { escapeXml } from '../../files/xml.js';

export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Plain parts are escaped, lists joined, undefined ones left out. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(pieces.reduce((text, piece, i) => text + written(parts[i - 1]) + piece));
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
