// Invalid documents: study files, graphs, background knowledge and tables. Systematic mistakes are made in valid
// documents; some documents once made a reader hang or crash.

import { gzipSync } from 'node:zlib';
import { encodeNpy } from '../../src/files/npy.js';
import { encodeNpz } from '../../src/files/npz.js';
import { randomNumbers, type BadInput, type Entry } from './case.js';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const HUGE = 'x'.repeat(1e6);

/** Values that are invalid at most places of a study file. */
const WRONG: readonly Json[] = [null, -1, 0.5, 1e300, '', true, [], [[]], { '': 1 }, { constructor: 1 }, [null], HUGE];

const STUDY: Json = {
  study: 's',
  id: 'id',
  missing: 'keep',
  modalities: {
    a: {
      table: '#/data/m1.csv',
      latents: 1,
      exogenous: 1,
      log: false,
      winsorise: 0.01,
      constant: 'error',
      maxMissing: 0.5,
      delimiter: ',',
      decimal: '.',
      transposed: false,
      filter: { top: 3, by: 'variance' },
    },
    b: { table: '#/data/m2.csv', latents: 1 },
  },
  split: { validation: 0.1, test: 0.1, seed: 0 },
  training: {
    encoderRestarts: 1,
    epochs: 2,
    batch: 16,
    seed: 0,
    learningRate: 0.003,
    fit: 'joint',
    hidden: 8,
    patience: 3,
  },
  sparsity: { kind: 'gates', weight: 0.1, within: true, graph: 'ordered' },
  discovery: { refits: 0, seed: 0, tiers: [['a']], forbidden: [['a.z1', 'b.z1']] },
};

export function* badStudies(): Generator<BadInput> {
  const inspect = (name: string, content: Json | string): BadInput => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    const files = { 'study.yaml': text.replaceAll('#/', '../') };
    return { name: `study: ${name}`, args: ['inspect', '@/study.yaml'], files, mayBeGood: !name.endsWith('!') };
  };
  for (const path of pathsOf(STUDY)) {
    for (const [i, wrong] of WRONG.entries()) {
      yield inspect(`${path.join('.')} = wrong ${i}`, changed(STUDY, path, wrong));
    }
    yield inspect(`${path.join('.')} misspelled`, renamed(STUDY, path));
  }
  const text = JSON.stringify(STUDY);
  for (let cut = 3; cut < text.length; cut += 41) yield inspect(`cut at ${cut} !`, text.slice(0, cut));
  const lines = (count: number, of: (i: number) => string): string =>
    Array.from({ length: count }, (_, i) => of(i)).join('\n');
  const start = 'study: s\nid: id\nmodalities:\n';
  for (const [name, content] of Object.entries({
    'unknown keys': `${start}  a: {}\n${lines(20_000, (i) => `k${i}: 1`)}`,
    modalities: start + lines(20_000, (i) => `  m${i}: {}`),
    'too many bytes': start + lines(100_000, (i) => `  m${i}: {}`),
    'deep lists': `study: ${'['.repeat(20_000)}`,
    'deep maps': `${'{a: '.repeat(5000)}1${'}'.repeat(5000)}`,
    'deep blocks': lines(1000, (i) => `${' '.repeat(i)}a:`),
    'deep dashes': '- '.repeat(20_000),
    'question marks': '? '.repeat(20_000),
    anchors: '&a '.repeat(20_000),
    laughs: lines(
      9,
      (i) =>
        `a${i}: &a${i} [${
          i === 0
            ? 'lol'
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(',')
        }]`,
    ),
    itself: 'study: &a [*a]',
    'a quote without end': `study: "${HUGE.slice(0, 500_000)}`,
    documents: '---\n'.repeat(10_000),
    __proto__: `${start}  a: { __proto__: 1 }\n`,
    '__proto__ in labels': `${start}  a: { labels: { __proto__: x } }\n`,
    'a key twice': 'study: a\nstudy: b\n',
    'no text': '\u0000\u0001\u0002',
    'half a letter': '\ud800',
    'another encoding': 'study: caf\udce9',
    'a tag': 'study: !!js/function x',
    binary: 'study: !!binary "AAAA"',
  })) {
    yield inspect(`${name} !`, content);
  }
}

const DOT = 'digraph { subgraph cluster_0 { label="m"; a; b; } a -> b [arrowhead=odot, dir=both]; "c d" -> a; }';
const GRAPHML =
  '<?xml version="1.0"?><graphml xmlns="x"><key id="d" for="node" attr.name="name"/><graph edgedefault="directed">' +
  '<node id="a"><data key="d">x</data></node><node id="b"/><edge source="a" target="b"/></graph></graphml>';
const TEXT = 'Graph Nodes:\na;b\n\nGraph Edges:\n1. a --> b\n';
const GRAPH: Json = {
  format: 'interlatent-causal-graph',
  version: 1,
  variables: [{ name: 'a' }, { name: 'b', modality: 'm' }],
  edges: [{ from: 'a', to: 'b', fromMark: 'tail', toMark: 'arrow', p: 0.1 }],
};

export function* badGraphs(): Generator<BadInput> {
  const many = (of: (i: number) => string) => Array.from({ length: 20_000 }, (_, i) => of(i)).join('\n');
  const graph = (name: string, ending: string, content: Entry, mayBeGood: boolean): BadInput => ({
    name: `graph ${name}${ending}`,
    args: ['graph', `@/g${ending}`],
    files: { [`g${ending}`]: content },
    mayBeGood,
  });
  for (const [ending, text] of [
    ['.dot', DOT],
    ['.graphml', GRAPHML],
    ['.txt', TEXT],
    ['.csv', 'a,b\n0,1\n-1,0\n'],
    ['.json', JSON.stringify(GRAPH)],
  ] as const) {
    for (let cut = 0; cut < text.length - 1; cut += 7) yield graph(`cut at ${cut}`, ending, text.slice(0, cut), true);
    for (const [i, letter] of ['"', '<', '{', '}', ';', '&', '\u0000', '->', '\ud800', '__proto__'].entries()) {
      const at = Math.floor((text.length * (i + 1)) / 12);
      yield graph(`with ${JSON.stringify(letter)}`, ending, text.slice(0, at) + letter + text.slice(at + 1), true);
    }
    for (const [name, content] of [
      ['empty', ''],
      ['blanks', ' '.repeat(2e6)],
      ['letters', HUGE],
      ['quotes', '"'.repeat(1e6)],
      ['brackets', '<[{('.repeat(250_000)],
      ['bytes', Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 131) % 256))],
    ] as const) {
      yield graph(name, ending, content, false);
    }
  }
  for (const path of pathsOf(GRAPH)) {
    for (const [i, wrong] of WRONG.entries()) {
      yield graph(`${path.join('.')} = wrong ${i}`, '.json', JSON.stringify(changed(GRAPH, path, wrong)), true);
    }
  }
  yield graph('deep', '.dot', `digraph ${'{'.repeat(100_000)}`, false);
  yield graph('of many nodes', '.dot', `digraph {${many((i) => `n${i};`)}}`, false);
  yield graph(
    'of many nodes',
    '.graphml',
    `<graphml><graph>${many((i) => `<node id="${i}"/>`)}</graph></graphml>`,
    false,
  );
  yield graph('of a long chain', '.dot', `digraph {${many((i) => `n${i % 9}`).replaceAll('\n', '->')}}`, false);
  yield graph('without a source', '.graphml', GRAPHML.replace('source="a"', ''), false);
  yield graph('with many attributes', '.graphml', `<graphml${' a="b"'.repeat(200_000)}`, false);
  yield graph('of no variables', '.npy', encodeNpy({ shape: [0, 0], data: new Int8Array(0) }), false);
}

export function* badKnowledge(): Generator<BadInput> {
  const right: Json = {
    tiers: [['m1.x1'], ['m1.x2']],
    forbidden: [['m1.x1', 'm1.x2']],
    required: [['m1.x2', 'm1.x3']],
    repeated: { visits: ['*.x1', '*.x2'], maxLag: 1, withinVisit: true },
  };
  for (const path of [[], ...pathsOf(right)]) {
    for (const [i, wrong] of WRONG.entries()) {
      const name = `tiers ${path.join('.')} = wrong ${i}`;
      const files = { 'tiers.yaml': JSON.stringify(changed(right, path, wrong)) };
      yield { name, args: ['discover', '#/data/m1.csv', '--tiers', '@/tiers.yaml'], files, mayBeGood: true };
    }
  }
}

export function* badTables(): Generator<BadInput> {
  const numbers = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i * i));
  const csv = `a,b\n${Array.from({ length: 20 }, (_, i) => `${numbers[i]},${numbers[i + 20]}`).join('\n')}\n`;
  const npy = encodeNpy({ shape: [20, 2], data: numbers });
  const right: Readonly<Record<string, Uint8Array>> = {
    '.csv': Buffer.from(csv),
    '.csv.gz': gzipSync(csv),
    '.tsv': Buffer.from(csv.replaceAll(',', '\t')),
    '.npy': npy,
    '.npz': encodeNpz([['x', { shape: [20, 2], data: numbers }]]),
    '.mtx': Buffer.from('%%MatrixMarket matrix coordinate real general\n3 2 2\n1 1 0.5\n2 2 1\n'),
  };
  const next = randomNumbers(1);
  const discover = (name: string, ending: string, content: Uint8Array, mayBeGood: boolean): BadInput => ({
    name: `table ${name}${ending}`,
    args: ['discover', `@/t${ending}`],
    files: { [`t${ending}`]: content },
    mayBeGood,
  });
  for (const [ending, bytes] of Object.entries(right)) {
    for (let part = 0; part < 6; part++) {
      yield discover(`cut ${part}`, ending, bytes.subarray(0, Math.floor((bytes.length * part) / 6)), true);
    }
    for (let flip = 0; flip < 20; flip++) {
      const flipped = Uint8Array.from(bytes);
      flipped[next(flipped.length)] ^= 1 << next(8);
      yield discover(`flipped ${flip}`, ending, flipped, true);
    }
    for (const other of Object.keys(right)) {
      if (other !== ending) yield discover(`of ${other} called `, ending, right[other], true);
    }
  }
  for (const ending of ['.parquet', '.xlsx', '.arrow', '.feather', '.h5ad', '.h5mu', '.npz', '.mtx.gz', '.csv.gz']) {
    for (const [name, content] of Object.entries({
      csv,
      text: HUGE,
      magic: 'PAR1'.repeat(4),
      zip: 'PK\u0005\u0006'.padEnd(40, '\0'),
    })) {
      yield discover(`${name} called `, ending, Buffer.from(content), false);
    }
  }
  for (const shape of [
    '(0, 400000000)',
    `(0, ${2 ** 53 - 1})`,
    `(${'1,'.repeat(9000)})`,
    `(${'1'.repeat(50_000)})`,
    '(-1,)',
    '()',
    '(2',
  ]) {
    const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }\n`;
    const start = Buffer.from('\x93NUMPY\x02\x00\0\0\0\0', 'latin1');
    start.writeUInt32LE(header.length, 8);
    yield discover(`of shape ${shape.slice(0, 20)}`, '.npy', Buffer.concat([start, Buffer.from(header)]), false);
  }
  yield discover('of commas', '.csv', Buffer.alloc(2 ** 23, ','), false);
  yield discover('of commas', '.csv.gz', gzipSync(Buffer.alloc(2 ** 23, ',')), false);
  yield discover('of one quote', '.csv', Buffer.from(`a,"${HUGE}`), false);
  yield discover('of lines', '.csv.gz', gzipSync(Buffer.alloc(2 ** 25, '\n')), false);
  yield discover('of one name', '.csv', Buffer.from(`${HUGE},${HUGE}\n1,2\n`), false);
  yield discover('of 5,000 equal names', '.csv', Buffer.from(`${'a,'.repeat(5000)}a\n`), false);
}

export function pathsOf(value: Json, path: readonly string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value as Readonly<Record<string, Json>>).flatMap(([key, inner]) => [
    [...path, key],
    ...pathsOf(inner, [...path, key]),
  ]);
}

/** Returns a copy of a value with another one at a path. */
export function changed(value: Json, path: readonly string[], to: Json): Json {
  if (path.length === 0) return to;
  const [key, ...rest] = path;
  const inner = (value as Readonly<Record<string, Json>>)[key];
  if (Array.isArray(value)) return value.map((one: Json, i) => (String(i) === key ? changed(one, rest, to) : one));
  return { ...(value as object), [key]: changed(inner, rest, to) };
}

function renamed(value: Json, path: readonly string[]): Json {
  const [key, ...rest] = path;
  const inner = (value as Readonly<Record<string, Json>>)[key];
  if (rest.length > 0) return changed(value, [key], renamed(inner, rest));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, one]: [string, Json]) => [name === key ? `${name}x` : name, one]),
  );
}
