// A strict XML reader for tests. It throws if the text is not well-formed, and returns the tree with decoded entities.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** Character data directly inside of the element, trimmed. */
  readonly text: string;
}

interface OpenElement {
  name: string;
  attributes: Record<string, string>;
  children: XmlElement[];
  text: string;
}

const token = /<\?xml[^?<>]*\?>|<(\/?)([A-Za-z_][\w.-]*)((?:\s+[A-Za-z_][\w:.-]*="[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const disallowed = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u;

/** Returns the root element of a document. */
export function readXml(xml: string): XmlElement {
  if (disallowed.test(xml)) throw new Error('a character that XML does not allow');
  const root: OpenElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [root];
  let end = 0;
  for (const match of xml.matchAll(token)) {
    end = match.index + match[0].length;
    const [, closing, name, attributes, empty, text] = match as (string | undefined)[];
    const current = open[open.length - 1];
    if (text !== undefined) current.text += decode(text);
    if (name === undefined) continue;
    if (closing === '/') {
      if (open.length === 1 || current.name !== name) throw new Error(`</${name}> closes <${current.name}>`);
      open.pop();
      current.text = current.text.trim();
      continue;
    }
    const element: OpenElement = { name, attributes: readAttributes(attributes ?? ''), children: [], text: '' };
    current.children.push(element);
    if (empty !== '/') open.push(element);
  }
  if (end !== xml.length) throw new Error(`not well-formed at ${end}: ${xml.slice(end, end + 60)}`);
  if (open.length > 1) throw new Error(`<${open[open.length - 1].name}> is never closed`);
  if (root.children.length !== 1 || root.text.trim() !== '') throw new Error('not exactly one root element');
  return root.children[0];
}

/** Returns all elements with the name, from `element` on, in document order. */
export function findAll(element: XmlElement, name: string): XmlElement[] {
  return [...(element.name === name ? [element] : []), ...element.children.flatMap((child) => findAll(child, name))];
}

function readAttributes(text: string): Record<string, string> {
  const pairs = Array.from(text.matchAll(/([\w:.-]+)="([^"]*)"/g), ([, key, value]) => [key, decode(value)] as const);
  if (new Set(pairs.map(([key]) => key)).size !== pairs.length) throw new Error(`an attribute twice: ${text}`);
  return Object.fromEntries(pairs);
}

function decode(text: string): string {
  return text.replace(/&([^;]*;)?/g, (entity, body: string | undefined) => {
    const named: Record<string, string> = { 'amp;': '&', 'lt;': '<', 'gt;': '>', 'quot;': '"', 'apos;': "'" };
    const code = /^#(\d+);$/.exec(body ?? '');
    if (code !== null) return String.fromCodePoint(Number(code[1]));
    if (body === undefined || !(body in named)) throw new Error(`a bare or unknown entity: ${entity}`);
    return named[body];
  });
}
