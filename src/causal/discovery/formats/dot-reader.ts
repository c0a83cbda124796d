// Reads graphs in DOT, the language of Graphviz, as causalGraphToDot, graphToDot and other programs write them. Arrow
// shapes are marks: "none" is a tail, a shape with "odot" a circle, any other an arrowhead. A cluster with a label is a
// modality.

import { checkArgument } from '../../../errors/argument.js';
import { InputError } from '../../../errors/errors.js';
import {
  ARROW,
  CIRCLE,
  graphFromEdges,
  TAIL,
  type CausalEdge,
  type CausalGraph,
  type Mark,
  type Variable,
} from '../causal-graph.js';
import { dotTokens, type Token } from './dot-tokens.js';

/** Maximum depth of nested clusters. */
const MAX_DEPTH = 100;

/**
 * Returns the graph of a DOT text.
 * @param source name of the text in messages, for example its path
 * @throws InputError `invalid-graph`, `duplicate-variable`, `unknown-variable`, `invalid-edge`
 */
export function causalGraphFromDot(text: string, source = 'graph'): CausalGraph {
  checkArgument('causalGraphFromDot: text', text, 'text');
  const reader = new DotReader(dotTokens(text, source), source);
  reader.graph();
  return graphFromEdges(reader.variables(), reader.edges);
}

type Attributes = ReadonlyMap<string, string>;

class DotReader {
  readonly edges: CausalEdge[] = [];
  readonly #modalities = new Map<string, string | undefined>();
  readonly #tokens: readonly Token[];
  #next = 0;
  #isDirected = true;

  constructor(
    tokens: readonly Token[],
    readonly source: string,
  ) {
    this.#tokens = tokens;
  }

  variables(): Variable[] {
    return Array.from(this.#modalities, ([name, modality]) => (modality === undefined ? { name } : { name, modality }));
  }

  graph(): void {
    this.#accept('strict');
    this.#isDirected = this.#accept('digraph');
    if (!this.#isDirected) this.#expect('graph');
    if (!this.#isSign('{')) this.#name();
    this.#block(0, undefined);
    if (this.#next < this.#tokens.length) throw this.#wrong('the end');
  }

  /**
   * Reads everything between two braces.
   * @param level depth of the cluster inside the graph
   * @param outer modality of the enclosing cluster
   */
  #block(level: number, outer: string | undefined): void {
    this.#expect('{');
    if (level > MAX_DEPTH) {
      throw new InputError('invalid-graph', `${this.source} has clusters nested more than ${MAX_DEPTH} deep`);
    }
    let modality = outer;
    const here: string[] = [];
    while (!this.#accept('}')) {
      if (this.#accept(';') || this.#accept(',')) continue;
      if (this.#isWord('subgraph') || this.#isSign('{')) {
        if (this.#accept('subgraph') && !this.#isSign('{')) this.#name();
        this.#block(level + 1, modality);
        continue;
      }
      const isDefault = ['node', 'edge', 'graph'].some((word) => this.#isWord(word));
      const name = this.#name();
      if (this.#accept('=')) {
        const value = this.#name();
        // The cluster of a block has an empty label.
        if (name === 'label' && level > 0 && value !== '') modality = decoded(value);
        continue;
      }
      if (isDefault) {
        this.#attributes();
        continue;
      }
      for (const node of this.#statement(name)) here.push(node);
    }
    // The label of a cluster may follow its nodes.
    for (const name of here) this.#modalities.set(name, this.#modalities.get(name) ?? modality);
  }

  /** Reads a node or a chain of edges. Returns the nodes in it. */
  #statement(first: string): string[] {
    const chain = [first];
    this.#port();
    while (this.#isSign('->') || this.#isSign('--')) {
      if (this.#isSign('->') !== this.#isDirected) throw this.#wrong(this.#isDirected ? '->' : '--');
      this.#next++;
      chain.push(this.#name());
      this.#port();
    }
    const attributes = this.#attributes();
    for (const name of chain) if (!this.#modalities.has(name)) this.#modalities.set(name, undefined);
    for (let i = 0; i + 1 < chain.length; i++) {
      this.edges.push({ from: chain[i], to: chain[i + 1], ...this.#marks(attributes) });
    }
    return chain;
  }

  #marks(attributes: Attributes) {
    const dir = attributes.get('dir') ?? (this.#isDirected ? 'forward' : 'none');
    const mark = (end: 'arrowhead' | 'arrowtail') => markOf(attributes.get(end) ?? 'normal');
    return {
      fromMark: dir === 'both' || dir === 'back' ? mark('arrowtail') : TAIL,
      toMark: dir === 'both' || dir === 'forward' ? mark('arrowhead') : TAIL,
    };
  }

  #attributes(): Attributes {
    const attributes = new Map<string, string>();
    while (this.#accept('[')) {
      while (!this.#accept(']')) {
        if (this.#accept(',') || this.#accept(';')) continue;
        const key = this.#name();
        attributes.set(key, this.#accept('=') ? this.#name() : 'true');
      }
    }
    return attributes;
  }

  #port(): void {
    while (this.#accept(':')) this.#name();
  }

  #isSign(text: string): boolean {
    return (
      this.#next < this.#tokens.length && !this.#tokens[this.#next].isQuoted && this.#tokens[this.#next].text === text
    );
  }

  #isWord(text: string): boolean {
    const token = this.#tokens.at(this.#next);
    return token !== undefined && !token.isQuoted && token.text.toLowerCase() === text;
  }

  #accept(text: string): boolean {
    if (!this.#isWord(text)) return false;
    this.#next++;
    return true;
  }

  #expect(text: string): void {
    if (!this.#accept(text)) throw this.#wrong(`"${text}"`);
  }

  #name(): string {
    const token = this.#tokens.at(this.#next);
    if (token === undefined || (!token.isQuoted && /^[^\p{L}\p{N}_.-]|^-[->]?$/u.test(token.text))) {
      throw this.#wrong('a name');
    }
    this.#next++;
    return token.text;
  }

  #wrong(expected: string): InputError {
    const token = this.#tokens.at(this.#next);
    const actual =
      token === undefined ? 'the text ends' : `there is "${token.text.slice(0, 40)}" (character ${token.at + 1})`;
    return new InputError('invalid-graph', `${this.source} is not valid DOT: expected ${expected}, but ${actual}`);
  }
}

function markOf(shape: string): Mark {
  return shape === 'none' ? TAIL : shape.includes('odot') ? CIRCLE : ARROW;
}

/**
 * Returns a label as Graphviz shows it: the writers escape "&" because Graphviz decodes character entities in labels.
 */
function decoded(label: string): string {
  return label.replaceAll('&amp;', '&');
}
