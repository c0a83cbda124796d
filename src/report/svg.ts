// Building blocks of drawings: escaped elements, short numbers, and the width of a text.

import { escapeXml } from '../files/xml.js';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * Returns an element. Attribute values are escaped, numbers are shortened, and undefined attributes are omitted.
 * Children are markup.
 */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? short(value) : escapeXml(value)}"`],
  );
  const open = `<${name}${pairs.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** Returns a `<text>` element. @param content plain text */
export function label(content: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(content));
}

/** Returns a `<title>` element: the name of its parent, shown on hover. */
export function hover(content: string): string {
  return element('title', {}, escapeXml(content));
}

/** Returns a coordinate with at most two decimals. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

/** Returns the data of a path: points joined by straight lines. */
export function polyline(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

/**
 * Returns a generous estimate of the width of a text in a sans-serif font, since no font is available for measuring.
 */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! >= 0x1100 ? 1 : 0.6;
  return width * size;
}

/** Returns the lines of a text that is wrapped between words to fit a width. */
export function linesOf(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines[lines.length - 1]} ${word}`;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Returns the text, or its beginning with an ellipsis if it has more than `length` characters. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
