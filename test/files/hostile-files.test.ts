// Files and paths that could hang or crash a reader: each gives one coded error quickly.

import { describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readCausalGraph } from '../../src/causal/index.js';
import { discover } from '../../src/causal/discovery/index.js';
import { FileError } from '../../src/errors/errors.js';
import { makeFolder } from '../../src/files/atomic.js';
import { fileBytes } from '../../src/files/file-range.js';
import { readTable } from '../../src/files/read-table.js';
import { readStudy } from '../../src/study/study.js';
import { fitConfigFor } from '../../src/training/config.js';
import { didYouMean } from '../../src/errors/suggestion.js';
import { refusing } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder } = scratch();
/** Compares no snapshots of the folder: reading the large files for them would take longer than the cases. */
const refuses = refusing(() => ({}));

const table = (name: string, content: string | Uint8Array) => {
  const path = file(name, content);
  return () => readTable(path);
};
const graph = (name: string, content: string) => {
  const path = file(name, content);
  return () => readCausalGraph(path);
};
const study = (name: string, content: string) => {
  const path = file(name, content);
  return () => readStudy(path);
};
const repeated = (count: number, of: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => of(i)).join('\n');

/** A .npy file with an invented shape. */
function npy(shape: string, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const header = `{'descr': '<f8', 'fortran_order': False, 'shape': ${shape}, }\n`;
  const start = Buffer.alloc(12);
  start.write('\x93NUMPY\x02\x00', 'latin1');
  start.writeUInt32LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), body]);
}

describe('tables', () => {
  refuses([
    ['no rows of very many columns', 'too-large', /has 400000000 columns/, table('zero.npy', npy('(0, 400000000)'))],
    [
      'no rows of many columns',
      'damaged-file',
      /1048576 columns and has no rows/,
      table('empty.npy', npy('(0, 1048576)')),
    ],
    ['more columns than a number counts', 'too-large', /columns/, table('most.npy', npy(`(0, ${2 ** 53 - 1})`))],
    ['a shape of blanks', 'damaged-file', /header claims/, table('blank.npy', npy(`(1,${' '.repeat(100_000)}1)`))],
    ['a shape of digits', 'damaged-file', /its shape is/, table('digits.npy', npy(`(${'1'.repeat(50_000)})`))],
    ['a shape of sizes', 'damaged-file', /its shape is/, table('sizes.npy', npy(`(${'1,'.repeat(20_000)})`))],
    ['a header of commas', 'damaged-file', /more than \d+ cells/, table('commas.csv.gz', gzipSync(','.repeat(4.2e6)))],
    [
      'a row of commas',
      'damaged-file',
      /line 2: a row has more/,
      table('row.csv.gz', gzipSync(`a,b\n${','.repeat(4.2e6)}`)),
    ],
    [
      'a cell of 2 MiB',
      'damaged-file',
      /line 2: a cell is longer than 1048576/,
      table('cell.csv', `a\n${'x'.repeat(2 ** 21)}`),
    ],
    ['a quoted one', 'damaged-file', /line 2: a cell is longer/, table('quoted.csv', `a\n"${'""'.repeat(2 ** 20)}"`)],
    ['one of digits', 'damaged-file', /line 2: a cell is longer/, table('nines.csv', `a\n${'9'.repeat(2 ** 21)}`)],
    ['a name of a column', 'damaged-file', /line 1: a cell is longer/, table('name.csv', 'x'.repeat(2 ** 21))],
    [
      'a cell that takes 1 MiB of a gzip',
      'damaged-file',
      /line 2: a cell is longer/,
      table(
        'packed.csv.gz',
        gzipSync(Buffer.concat([Buffer.from('a\n'), Buffer.alloc(400 * 2 ** 20, 'x')]), { level: 1 }),
      ),
    ],
    ['a gzip of nothing but blanks', 'too-large', /times/, table('bomb.csv.gz', gzipSync(Buffer.alloc(17e6, '1\n')))],
  ]);

  test('with more columns than a call can have arguments are read', async () => {
    const { columns, rows } = await table('wide.npy', npy('(1, 150000)', new Uint8Array(150_000 * 8)))();
    expect({ columns: columns.length, rows }).toEqual({ columns: 150_000, rows: 1 });
  });

  test('with more variables than a graph can have are refused before a search', () => {
    const columns = Array.from({ length: 10_001 }, (_, i) => ({ name: `v${i}`, values: new Float64Array(1) }));
    expect(() => discover(columns)).toThrow(expect.objectContaining({ code: 'too-large' }));
  });
});

describe('graphs', () => {
  const many = (of: (i: number) => string) => repeated(10_001, of);
  refuses([
    [
      'clusters nested deeper than the stack',
      'invalid-graph',
      /nested more than/,
      graph('deep.dot', `digraph ${'{'.repeat(1e5)}`),
    ],
    ['a comment without end', 'invalid-graph', /line 2/, graph('open.dot', `digraph {\n/*${'x'.repeat(1e6)}`)],
    ['a quote without end', 'invalid-graph', /line 1/, graph('open.gv', `digraph { "${'\\"'.repeat(2e5)}`)],
    [
      'more nodes than an adjacency matrix can have',
      'too-large',
      /10001 variables/,
      graph('n.dot', `digraph {${many((i) => `n${i};`)}}`),
    ],
    [
      'more nodes of GraphML',
      'too-large',
      /10001 variables/,
      graph('n.graphml', `<graphml><graph>${many((i) => `<node id="${i}"/>`)}</graph></graphml>`),
    ],
    [
      'an edge without a source',
      'invalid-graph',
      /a <edge> has no source/,
      graph('e.graphml', '<graphml><graph><node id="a"/><edge target="a"/></graph></graphml>'),
    ],
    [
      'a node without an id',
      'invalid-graph',
      /a <node> has no id/,
      graph('i.graphml', '<graphml><graph><node/></graph></graphml>'),
    ],
    ['attributes without end', 'invalid-graph', /broken/, graph('a.graphml', `<graphml${' a="b"'.repeat(5e5)}`)],
  ]);

  test('with a chain longer than the arguments of a call, or a name as long as the file, are read', async () => {
    const chain = repeated(1.5e5, (i) => `n${i % 4}`).replaceAll('\n', ' -> ');
    await expect(graph('chain.dot', `digraph {${chain}}`)()).rejects.toMatchObject({ code: 'invalid-edge' });
    const { variables } = await graph('name.dot', `digraph { "${'x'.repeat(5e6)}" }`)();
    expect(variables[0].name).toHaveLength(5e6);
  });

  test('may have only the entities of XML', async () => {
    const name = '&constructor;&amp;&__proto__;';
    const { variables } = await graph('x.graphml', `<graphml><graph><node id="${name}"/></graph></graphml>`)();
    expect(variables).toEqual([{ name: '&constructor;&&__proto__;' }]);
  });
});

describe('studies', () => {
  const start = 'study: s\nid: id\nmodalities:\n';
  refuses([
    [
      '20,000 unknown keys',
      'unknown-key',
      /unknown key 'k0'[^]*and \d+ more/,
      study('k.yaml', `${start}  a: { table: a.csv, latents: 1 }\n${repeated(20_000, (i) => `k${i}: 1`)}`),
    ],
    [
      '10,000 modalities',
      'invalid-study',
      /10000 entries; up to 256/,
      study('m.yaml', start + repeated(10_000, (i) => `  m${i}: {}`)),
    ],
    [
      '100,000 modalities',
      'too-large',
      /up to \d+ are read/,
      study('l.yaml', start + repeated(100_000, (i) => `  m${i}: {}`)),
    ],
    ['lists as deep as a stack', 'study-syntax', /nested too deeply/, study('d.yaml', `study: ${'['.repeat(20_000)}`)],
    [
      'a key twice',
      'study-syntax',
      /k2.yaml:2:1: the key 'study' is repeated/,
      study('k2.yaml', 'study: a\nstudy: b\n'),
    ],
    ['a key that is a list', 'study-syntax', /a key must be a text/, study('kl.yaml', '? [a, b]\n: 1\n')],
    [
      'a key that a JavaScript object would lose',
      'study-syntax',
      /p.yaml:2:1: no key can be called '__proto__'/,
      study('p.yaml', 'study: s\n__proto__: 1\n'),
    ],
    [
      'the same in JSON',
      'study-syntax',
      /'__proto__'/,
      study('p.json', '{"study":"s","modalities":{"a":{"labels":{"__proto__":"x"}}}}'),
    ],
  ]);

  test('do not search a million names for similar ones', () => {
    let read = 0;
    const names = function* (name: (i: number) => string): Generator<string> {
      for (let i = 0; i < 1e6; i++) {
        read++;
        yield name(i);
      }
    };
    expect(
      didYouMean(
        'subject',
        names((i) => `column${i}`),
      ),
    ).toBe('');
    expect(read).toBeLessThan(1e5);
    // The same holds for a name of that length.
    expect(
      didYouMean(
        'x'.repeat(1e5),
        names(() => 'y'.repeat(10)),
      ),
    ).toBe('');
    expect(
      didYouMean(
        'x',
        names(() => 'y'.repeat(1e5)),
      ),
    ).toBe('');
    expect(read).toBeLessThan(1.1e6);
  });
});

describe('paths', () => {
  const pipe = (name: string): string => {
    execFileSync('mkfifo', [join(folder, name)]);
    return join(folder, name);
  };
  file('folder.dot/x', '');
  const [json, dot, levels] = ['pipe.json', 'pipe.dot', 'pipe.levels'].map(pipe);
  refuses([
    ['a pipe of JSON', 'not-a-file', /not a regular file/, () => readCausalGraph(json)],
    ['a pipe of DOT', 'not-a-file', /not a regular file/, () => readCausalGraph(dot)],
    ['a pipe of numbers', 'not-a-file', /not a regular file/, () => fileBytes(levels, 0, 8)],
    ['a folder', 'not-a-file', /is a folder/, () => readCausalGraph(join(folder, 'folder.dot'))],
  ]);
  refuses(
    [
      ['a folder that cannot be', 'unwritable', /does not exist/, () => makeFolder('/proc/self/x/y')],
      [
        'a folder in a file',
        'unwritable',
        /not a folder|something else/,
        () => makeFolder(join(file('plain', 'x'), 'y')),
      ],
    ],
    FileError,
  );

  test('of folders are created with their parents, also if some exist', async () => {
    await makeFolder(join(folder, 'a/b/c'));
    await makeFolder(join(folder, 'a/b/c/../c/'));
    await expect(makeFolder(join(folder, 'a'))).resolves.toBeUndefined();
  });
});

test('a fit of too many epochs is refused before memory is allocated', async () => {
  const dataset = (await readStudy(simulated())).dataset;
  const epochs = Number.MAX_SAFE_INTEGER;
  expect(() => fitConfigFor(dataset, { epochs })).toThrow(expect.objectContaining({ code: 'invalid-setting' }));
});

function simulated(): string {
  const rows = (seed: number) => repeated(40, (i) => `p${i},${Math.sin(i * seed)},${Math.cos(i * seed)}`);
  file('f/a.csv', `id,x,y\n${rows(1)}\n`);
  file('f/b.csv', `id,u,v\n${rows(2)}\n`);
  const modality = (name: string) => `  ${name}: { table: ${name}.csv, latents: 1 }\n`;
  return file('f/study.yaml', `study: s\nid: id\nmodalities:\n${modality('a')}${modality('b')}`);
}
