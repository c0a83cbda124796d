// The few pieces every drawing is written with: escaped elements, short numbers, the width of a text.

import { escapeXml } from '../files/xml.js';

export type Attributes = Readonly<Record<string, string | number | undefined>>;

/**
 * An element; attribute values are escaped, numbers shortened, undefined ones left out. Children are markup already.
 */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${typeof value === 'number' ? short(value) : escapeXml(value)}"`],
  );
  const open = `<${name}${pairs.join('')}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join('')}</${name}>`;
}

/** A `<text>` element; `content` is plain text. */
export function label(content: string, attributes: Attributes): string {
  return element('text', attributes, escapeXml(content));
}

/** A `<title>` element: the name of its parent, shown on hover. */
export function hover(content: string): string {
  return element('title', {}, escapeXml(content));
}

/** A coordinate with at most two decimals. */
export function short(value: number): string {
  return String(Math.round(value * 100) / 100 + 0);
}

/** A path's data from points joined by straight lines. */
export function polyline(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], k) => `${k === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

/** A generous estimate of how wide a text is in a sans-serif font of `size`: no font is at hand to measure with. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const character of text) width += character.codePointAt(0)! >= 0x1100 ? 1 : 0.6;
  return width * size;
}

/** The text, or its beginning and an ellipsis when it has more than `length` characters. */
export function shorten(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, length - 1).join('')}…`;
}
