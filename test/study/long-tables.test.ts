// Long tables: columns go through a temporary file, subjects are compared without a list of all, and the result equals
// that of short tables. The tests count the values in memory.

import { afterEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/compile/index.js';
import { firstAmongMany, firstRepeated } from '../../src/data/repeated.js';
import { NumberSpill } from '../../src/files/number-spill.js';
import { readTable, writeTable } from '../../src/files/read-table.js';
import { SpillingBlocks, SpillPlace } from '../../src/files/spilling-blocks.js';
import { data, gather } from '../../src/graph/index.js';
import { groupData } from '../../src/networks/sources.js';
import { latentLayout } from '../../src/networks/layout.js';
import { Program } from '../../src/runtime/program.js';
import { readStudy } from '../../src/study/study.js';
import { GrowingTexts, packedOf } from '../../src/text/text-list.js';
import { fromShared, toShared } from '../../src/threads/shared-values.js';
import { modalityShapes } from '../../src/training/model-config.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();

afterEach(() => {
  jest.restoreAllMocks();
});

/** Makes tables of at least this number of values long, until the test ends. */
function longTables(minValues: number): void {
  jest.spyOn(SpillPlace, 'minValues', 'get').mockReturnValue(minValues);
}

/** Makes lists of at least this number of texts long, until the test ends. */
function longLists(minPacked: number): void {
  jest.spyOn(GrowingTexts, 'minPacked', 'get').mockReturnValue(minPacked);
}

/** Number of values of a block, which is the part of a spilled column in memory. */
const BLOCK = 2 ** 14;

describe('a column that grows', () => {
  const numbers = Float64Array.from({ length: 5 * BLOCK + 123 }, (_, i) => Math.sin(i));
  const grown = (place: SpillPlace | undefined) => {
    const blocks = new SpillingBlocks({ place });
    let maxInMemory = 0;
    for (const value of numbers) {
      blocks.push(value);
      maxInMemory = Math.max(maxInMemory, blocks.inMemory);
    }
    return { blocks, maxInMemory };
  };

  test('has the same numbers in a file and in memory, and keeps only one block in memory', () => {
    const { blocks, maxInMemory } = grown(new SpillPlace(2 ** 10));
    expect(blocks.isSpilled).toBe(true);
    expect(blocks.inMemory).toBeLessThanOrEqual(BLOCK);
    // Before the table is long, the blocks are in memory once.
    expect(maxInMemory).toBeLessThanOrEqual(2 * BLOCK);
    expect(blocks.numbers()).toEqual(numbers);
    const into = new Float64Array(numbers.length);
    expect(blocks.numbers(into)).toBe(into);
    expect(into).toEqual(numbers);
    expect(grown(undefined).blocks.numbers()).toEqual(numbers);
  });

  test('stays in memory if no temporary file can be created or if the disk is full', () => {
    expect(NumberSpill.open(join(folder, 'nowhere'))).toBeUndefined();
    const place = new SpillPlace(2 ** 10);
    const full = { write: () => undefined } as unknown as NumberSpill;
    const { blocks } = grown(Object.defineProperty(place, 'file', { get: () => full }));
    expect(blocks.isSpilled).toBe(false);
    expect(blocks.numbers()).toEqual(numbers);
  });

  test('leaves no file behind', () => {
    const spill = NumberSpill.open(folder)!;
    const place = spill.write(numbers)!;
    expect(readdirSync(folder)).toEqual([]);
    const read = new Float64Array(5);
    spill.read(place + 7, read);
    expect(read).toEqual(numbers.subarray(7, 12));
  });
});

describe('a study of 40,000 subjects and 7 columns, which a test makes long', () => {
  const rows = 40_000;
  const ids = Array.from({ length: rows }, (_, row) => `p${row + 100_000}`);
  const columnsOf = (first: number, count: number): Record<string, Float64Array> =>
    Object.fromEntries(
      Array.from({ length: count }, (_, c) => {
        const values = new Float64Array(rows);
        for (let row = 0; row < rows; row++) values[row] = row % (7 + first + c);
        return [`c${first + c}`, values];
      }),
    );
  const csv = (columns: Record<string, Float64Array>): string => {
    const values = Object.values(columns);
    const lines = ids.map((id, row) => values.reduce((line, column) => `${line},${column[row]}`, id));
    return [`person,${Object.keys(columns).join(',')}`, ...lines].join('\n');
  };
  const study = (ending: string): string =>
    [
      'study: tall',
      'id: person',
      'modalities:',
      ...['one', 'two'].map((m) => `  ${m}: { table: ${m}${ending}, latents: 1 }`),
    ].join('\n');

  test('has the same values from files and from memory, and only long columns are in a file', async () => {
    longTables(3 * rows);
    const [one, two] = [columnsOf(0, 5), columnsOf(5, 2)];
    file('one.csv', csv(one));
    file('two.csv', csv(two));
    const opened = jest.spyOn(NumberSpill, 'open');
    const written = jest.spyOn(NumberSpill.prototype, 'write');
    const read = await readStudy(file('study.yaml', study('.csv')));
    expect(opened).toHaveBeenCalledTimes(1);
    const numbers = written.mock.calls.reduce((sum, [block]) => sum + block.length, 0);
    // All values except a block of each column.
    expect(numbers).toBeGreaterThanOrEqual(5 * (rows - BLOCK));
    const tables = { one: { person: ids, ...one }, two: { person: ids, ...two } };
    const { dataset, inspection } = await readStudy(file('memory.yaml', study('')), { tables });
    expect(opened).toHaveBeenCalledTimes(1);
    expect(read.dataset.fingerprint).toBe(dataset.fingerprint);
    expect(read.inspection.modalities.map(({ columns }) => columns)).toEqual(
      inspection.modalities.map(({ columns }) => columns),
    );
  });
});

test('keeps numbers, but not texts, of a long Parquet file in a temporary file', async () => {
  const rows = BLOCK + 7;
  const x = Float64Array.from({ length: rows }, (_, row) => (row % 11 === 0 ? NaN : Math.cos(row)));
  const person = Array.from(x, (_, row) => `p${row}`);
  const path = join(folder, 'long.parquet');
  await writeTable(path, [
    { name: 'person', values: person },
    { name: 'x', values: x },
  ]);
  const short = await readTable(path, { text: ['person'] });
  longTables(1);
  const long = await readTable(path, { text: ['person'] });
  expect([short.isPacked('x'), long.isPacked('x'), long.isPacked('person')]).toEqual([false, true, false]);
  expect(long.numbers('x')).toEqual(x);
  expect(long.numbers('x')).toEqual(short.numbers('x'));
  expect(long.texts('person')).toEqual(person);
});

describe('subjects', () => {
  test('that are repeated are found in long and in short lists', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 4 }), { maxLength: 40 });
    fc.assert(
      fc.property(texts, (list) => {
        const seen = new Set<string>();
        const first = list.findIndex((text) => seen.size === seen.add(text).size);
        expect(firstAmongMany(list)).toBe(first);
        expect(firstRepeated(list)).toBe(first);
      }),
    );
  });

  test('are passed to another thread with all characters', async () => {
    const texts = Array.from({ length: 50_000 }, (_, i) => (i === 45_000 ? '😀' : i % 9 === 0 ? `é${i}` : `p${i}`));
    texts[30_000] = '\ud800';
    expect(await fromShared(structuredClone(await toShared({ texts })))).toEqual({ texts });
  });

  describe('in long lists are stored as bytes', () => {
    const texts = Array.from({ length: 45_000 }, (_, i) => (i === 21_000 ? '😀' : i % 9 === 0 ? `é${i}` : `p${i}`));
    texts[40_000] = '\ud800';
    texts[44_000] = '';
    const listOf = (strings: readonly string[]): readonly string[] => {
      const growing = new GrowingTexts();
      for (const text of strings) growing.push(text);
      expect(growing).toHaveLength(strings.length);
      return growing.finish();
    };

    test.each([1, 20_000, 30_001, 45_000])('from %d on, and can be read like an array', (min) => {
      longLists(min);
      const list = listOf(texts);
      expect(packedOf(list)).toBeDefined();
      expect(Array.isArray(list)).toBe(true);
      expect(list).toHaveLength(45_000);
      expect([...list]).toEqual(texts);
      expect([list[20_000], list[21_000], list[44_999], list[45_000]]).toEqual([
        'p20000',
        '😀',
        texts[44_999],
        undefined,
      ]);
      expect(list.slice(39_999, 40_002)).toEqual(texts.slice(39_999, 40_002));
      expect([list.indexOf('p44998'), list.includes('p45001'), 44_999 in list, 45_000 in list]).toEqual([
        44_998,
        false,
        true,
        false,
      ]);
      expect(list.map((text) => text.length)).toEqual(texts.map((text) => text.length));
      expect(JSON.stringify(list)).toBe(JSON.stringify(texts));
      expect(Object.keys(list)).toHaveLength(45_000);
      expect(Object.entries(list).at(-1)).toEqual(['44999', texts[44_999]]);
    });

    test('are strings if the list is short', () => {
      longLists(45_001);
      expect(packedOf(listOf(texts))).toBeUndefined();
      longLists(1);
      expect([...listOf(['a'])]).toEqual(['a']);
      expect(packedOf(listOf([]))).toBeUndefined();
    });

    test('cannot be modified', () => {
      longLists(1);
      const list = listOf(['a', 'b']) as string[];
      expect(() => (list[0] = 'c')).toThrow(TypeError);
      expect(() => list.push('c')).toThrow(TypeError);
      expect(() => list.sort()).toThrow(TypeError);
      expect([...list]).toEqual(['a', 'b']);
    });

    test('are in memory that all threads share', async () => {
      longLists(20_000);
      const arrived = await fromShared(structuredClone(await toShared({ texts })));
      expect([...arrived.texts]).toEqual(texts);
      const again = await toShared(arrived);
      expect(again.texts).toBe(packedOf(arrived.texts));
      const [{ bytes }] = packedOf(arrived.texts)!.packedTexts.pieces;
      expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer);
    });
  });

  test.each(['id: person', 'id: { column: person, case: lower, keep: 6 }', 'id: { rows: true }'])(
    'of a study are equal in long and short lists (%s)',
    async (id) => {
      const rows = Array.from({ length: 60 }, (_, i) => `P${100 + ((7 * i) % 60)},${Math.sin(i)},${Math.cos(3 * i)}`);
      file('half-1.csv', ['person,x,y', ...rows.slice(0, 30)].join('\n'));
      file('half-2.csv', ['person,x,y', ...rows.slice(30)].join('\n'));
      file(
        'other.csv',
        [
          'person,u,v',
          ...rows.slice(id.includes('rows') ? 0 : 5).map((row, i) => row.replace(/,[^,]*$/, `,${i * i}`)),
        ].join('\n'),
      );
      const path = join(folder, 'subjects.yaml');
      file(
        'subjects.yaml',
        `study: subjects
${id}
missing: drop
modalities:
  first: { table: [half-1.csv, half-2.csv], latents: 1 }
  second: { table: other.csv, latents: 1 }
`,
      );
      const few = await readStudy(path);
      longLists(1);
      const many = await readStudy(path);
      expect(packedOf(many.dataset.ids)).toBeDefined();
      expect([...many.dataset.ids]).toEqual(few.dataset.ids);
      expect(many.dataset.fingerprint).toBe(few.dataset.fingerprint);
      expect(many.inspection).toEqual(few.inspection);
    },
  );
});

test('tables of a group are passed to a program without a copy of both', async () => {
  const [rows, width] = [600_000, 15];
  const values = new Float32Array(rows * width).map((_, i) => i % 1021);
  const columns = Array.from({ length: width }, (_, c) => ({ name: `c${c}`, log: false, offset: 0, mean: 0, sd: 1 }));
  const modalities = ['one', 'two'].map((name) => ({ name, columns, values, latents: 2, exogenous: 1 }));
  const layout = latentLayout(modalityShapes({ modalities }));
  expect(layout.groups).toHaveLength(1);
  const [[name, leaf]] = groupData(layout, modalities, rows);
  expect(ArrayBuffer.isView(leaf)).toBe(false);
  const order = data('order', [1, 1, 2], 'int32');
  const compiled = compile({
    runs: 1,
    entries: { read: { outputs: { x: gather(data(name, [rows, 2 * width]), order) } } },
  });
  const program = Program.load(compiled, { threads: 1 });
  try {
    program.set('data', name, leaf);
    const last = rows - 1;
    program.set('data', 'order', Int32Array.of(40_000, last));
    const { results } = await program.run('read');
    const valuesOf = (row: number) => values.subarray(row * width, (row + 1) * width);
    const expected = [40_000, last].map((row) => [...valuesOf(row), ...valuesOf(row)]);
    // Features × rows.
    expect([...results]).toEqual(expected[0].flatMap((value, f) => [value, expected[1][f]]));
  } finally {
    await program.dispose();
  }
});
