// Parses an XML document into elements, from bracket to bracket. A regular expression for a tag would need a stack as
// deep as the number of attributes.

import { XML_ENTITIES } from '../../../files/xml.js';

export interface Element {
  /** Name without its namespace prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: Element[];
  text: string;
}

/** A text is not valid XML at the position `at`. */
export class XmlError extends Error {
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message);
  }
}

/** Delimiters of content that is not an element. */
const NON_ELEMENTS = [
  { opens: '<?', ends: '?>', isText: false },
  { opens: '<!--', ends: '-->', isText: false },
  { opens: '<![CDATA[', ends: ']]>', isText: true },
  { opens: '<!DOCTYPE', ends: '>', isText: false },
] as const;

const NAME = /[\w:.-]+/y;
const SPACES = /\s*/y;
const EQUALS = /\s*=\s*/y;

/** Returns the root element of a document. @throws XmlError */
export function xmlRoot(xml: string): Element {
  const root: Element = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [root];
  for (let at = 0; at < xml.length;) {
    const current = open[open.length - 1];
    const other = NON_ELEMENTS.find(({ opens }) => xml.startsWith(opens, at));
    if (xml[at] !== '<') {
      const end = ending(xml, at, '<');
      current.text += decoded(xml.slice(at, end));
      at = end;
    } else if (other !== undefined) {
      const end = xml.indexOf(other.ends, at + other.opens.length);
      const content = xml.slice(at + other.opens.length, end);
      if (end < 0 || (other.opens === '<!DOCTYPE' && content.includes('['))) {
        throw new XmlError(at, `${other.opens} is never closed by ${other.ends}`);
      }
      if (other.isText) current.text += content;
      at = end + other.ends.length;
    } else if (xml[at + 1] === '/') {
      const { name, end } = closingTag(xml, at);
      if (open.length === 1 || current.name !== name) throw new XmlError(at, `</${name}> closes no open element`);
      open.pop();
      at = end;
    } else {
      const { element, isEmpty, end } = openingTag(xml, at);
      current.children.push(element);
      if (!isEmpty) open.push(element);
      at = end;
    }
  }
  if (open.length > 1) throw new XmlError(xml.length, `<${open[open.length - 1].name}> is never closed`);
  if (root.children.length !== 1) throw new XmlError(xml.length, 'it has not exactly one root element');
  return root.children[0];
}

function closingTag(xml: string, at: number): { name: string; end: number } {
  const name = match(NAME, xml, at + 2);
  const end = at + 2 + name.length + match(SPACES, xml, at + 2 + name.length).length;
  if (name === '' || xml[end] !== '>') throw new XmlError(at, 'a closing tag is broken');
  return { name: withoutPrefix(name), end: end + 1 };
}

function openingTag(xml: string, start: number): { element: Element; isEmpty: boolean; end: number } {
  const name = match(NAME, xml, start + 1);
  if (name === '') throw new XmlError(start, 'a tag has no name');
  const attributes = new Map<string, string>();
  let at = start + 1 + name.length;
  for (;;) {
    const spaces = match(SPACES, xml, at);
    at += spaces.length;
    const isEmpty = xml.startsWith('/>', at);
    if (isEmpty || xml[at] === '>') {
      const element = { name: withoutPrefix(name), attributes, children: [], text: '' };
      return { element, isEmpty, end: at + (isEmpty ? 2 : 1) };
    }
    const key = match(NAME, xml, at);
    const equals = match(EQUALS, xml, at + key.length);
    const opening = at + key.length + equals.length;
    const quote = xml[opening];
    const closing = quote === '"' || quote === "'" ? xml.indexOf(quote, opening + 1) : -1;
    const value = xml.slice(opening + 1, closing);
    if (spaces === '' || key === '' || equals === '' || closing < 0 || value.includes('<')) {
      throw new XmlError(start, `the tag <${name.slice(0, 40)} is broken`);
    }
    attributes.set(key, decoded(value));
    at = closing + 1;
  }
}

function match(expression: RegExp, text: string, at: number): string {
  expression.lastIndex = at;
  return expression.exec(text)?.[0] ?? '';
}

function ending(text: string, at: number, sign: string): number {
  const end = text.indexOf(sign, at);
  return end < 0 ? text.length : end;
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

function decoded(text: string): string {
  return text.replace(/&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return XML_ENTITIES.get(name) ?? whole;
    const code = hex === undefined ? Number(decimal) : parseInt(hex, 16);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
