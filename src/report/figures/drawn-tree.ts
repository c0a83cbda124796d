// The elements of one of our drawings. Drawings of other programs are not read here.

import { InternalError } from '../../errors/errors.js';
import { escapeXml, XML_ENTITIES } from '../../files/xml.js';

export interface DrawnElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: readonly DrawnChild[];
}

/** An element, or plain text. */
export type DrawnChild = DrawnElement | string;

const TOKEN = /<(\/?)([a-z]+)((?:\s+[\w-]+="[^"]*")*)\s*(\/?)>|([^<]+)/gi;
const ATTRIBUTE = /([\w-]+)="([^"]*)"/g;

/** What may precede the root. */
const PROLOGUE = /^<\?[^>]*\?>\s*/;

/** Returns the root of a drawing. @throws InternalError `invalid-drawing` */
export function readDrawing(svg: string): DrawnElement {
  const top: DrawnChild[] = [];
  const open: { name: string; children: DrawnChild[] }[] = [{ name: '', children: top }];
  for (const match of svg.trim().replace(PROLOGUE, '').matchAll(TOKEN)) {
    const [token, closing, name, attributes, single] = match;
    const text = match.at(5);
    const { children } = open[open.length - 1];
    if (text !== undefined) {
      children.push(unescaped(text));
    } else if (closing) {
      if (open.length < 2 || open.pop()!.name !== name) throw invalid(token);
    } else {
      const element = { name, attributes: attributesOf(attributes), children: [] };
      children.push(element);
      if (!single) open.push(element);
    }
  }
  const [root] = top;
  if (open.length !== 1 || top.length !== 1 || typeof root === 'string') throw invalid(svg.slice(0, 40));
  return root;
}

/** Returns the text of an element and of all elements in it. */
export function drawingText({ name, attributes, children }: DrawnElement): string {
  const pairs = Object.entries(attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [` ${key}="${escapeXml(value)}"`],
  );
  const open = `<${name}${pairs.join('')}`;
  if (children.length === 0) return `${open}/>`;
  const inside = children.map((child) => (typeof child === 'string' ? escapeXml(child) : drawingText(child)));
  return `${open}>${inside.join('')}</${name}>`;
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(Array.from(text.matchAll(ATTRIBUTE), ([, key, value]) => [key, unescaped(value)]));
}

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|(\w+));/g, (entity, code: string | undefined, name: string) =>
    code === undefined ? (XML_ENTITIES.get(name) ?? entity) : String.fromCodePoint(Number(code)),
  );
}

function invalid(place: string): InternalError {
  return new InternalError('invalid-drawing', `A drawing is not well-formed at ${place}`, { place });
}
