// Rows from bytes equal those of JSON.parse and readSubjects, bit for bit, or the scanner leaves them to these.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ModalityScales, Subjects } from '../../src/data/dataset.js';
import { readSubjects } from '../../src/data/rows.js';
import { floatText, writeFloat } from '../../src/files/float-text.js';
import { rowScanner } from '../../src/serving/row-scanner.js';
import { withoutPause, inSlices } from '../../src/serving/slices.js';

const scale = { log: false, offset: 0, mean: 1.5, sd: 2.25 };
const SCALES: readonly ModalityScales[] = [
  {
    name: 'blood',
    columns: [
      { name: 'iron', ...scale },
      { name: 'Zucker/µmol', ...scale, mean: -3, sd: 0.1 },
      { name: 'constructor', ...scale, log: true, offset: 0.5, mean: 0, sd: 1 },
    ],
  },
  { name: 'sleep', columns: [{ name: 'hours', ...scale, limits: { lower: -1, upper: 4 } }] },
];
const scan = rowScanner(SCALES)!;
const scanned = (text: string, maxRows = 100): Subjects | undefined => withoutPause(scan(Buffer.from(text), maxRows));

/** Bits of values and marks. */
const bits = ({ ids, modalities }: Subjects) => ({
  ids,
  modalities: modalities.map(({ name, values, observed }) => ({
    name,
    values: Buffer.from(Uint8Array.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))),
    observed: observed && Array.from(observed),
  })),
});

/** Returns the result of the slow path; undefined if it refuses the body. */
function theLongWay(text: string): Subjects | undefined {
  try {
    const { rows, ...rest } = JSON.parse(text) as { rows: never };
    return Object.keys(rest).length > 0 ? undefined : readSubjects(rows, SCALES, {});
  } catch {
    return undefined;
  }
}

const ONE = '{"rows":[{"blood":{"iron":1,"Zucker/µmol":-3.01,"constructor":2},"sleep":{"hours":7}}]}';

describe('a body', () => {
  const space = fc.constantFrom('', '', '', ' ', '\n', '\t\r ');
  const near = fc.double({ min: -3.9, max: 3.9, noNaN: true });
  const number = fc.oneof(
    near.map((value) => String(Math.round(value * 1000) / 1000)),
    near.map(String),
    near.map((value) => value.toExponential()),
    fc.constantFrom('0', '-0', '1e0', '2E-1', '0.30000000000000004', '3.0000000000000000000000001', '123456e-5'),
  );
  const cell = fc.oneof({ weight: 8, arbitrary: number }, { weight: 1, arbitrary: fc.constant('null') });
  const object = (fields: Record<string, fc.Arbitrary<string>>) =>
    fc
      .tuple(
        fc.shuffledSubarray(Object.keys(fields), { minLength: Object.keys(fields).length }),
        fc.record(fields),
        space,
      )
      .map(
        ([names, values, s]) => `{${s}${names.map((name) => `"${name}"${s}:${s}${values[name]}${s}`).join(`,${s}`)}}`,
      );
  const row = (order: readonly string[]) =>
    fc
      .record({
        blood: object({
          iron: cell,
          'Zucker/µmol': fc.constantFrom('-3', '-3.25', '-2.9', 'null'),
          constructor: number,
        }),
        sleep: object({ hours: cell }),
        s: space,
      })
      .map(({ s, ...tables }) => `{${order.map((name) => `"${name}":${s}${tables[name as 'blood']}`).join(`${s},`)}}`);

  test('of ordinary clients gives the same bits as on the slow path', () => {
    let read = 0;
    const body = fc.tuple(fc.array(row(['blood', 'sleep']), { minLength: 1, maxLength: 9 }), space);
    fc.assert(
      fc.property(body, ([rows, s]) => {
        const text = `${s}{"rows"${s}:[${rows.join(`,${s}`)}]${s}}${s}`;
        const [scannedRows, long] = [scanned(text), theLongWay(text)];
        if (scannedRows === undefined) return;
        read++;
        expect(bits(scannedRows)).toEqual(bits(long!));
      }),
    );
    // The other rows contain a value without a logarithm.
    expect(read).toBeGreaterThan(20);
  });

  test.each(['0.30000000000000004', '-12.345678901234567', '123456789012345678', '1e-7', '-2.5E+0', '5e-324', '-0.0'])(
    'with the number %s is read to the nearest double',
    (number) => {
      const text = ONE.replace('"hours":7', `"hours":${number}`);
      const long = theLongWay(text);
      expect(scanned(text) && bits(scanned(text)!)).toEqual(long && bits(long));
    },
  );

  test('of one ordinary row is read', () => {
    expect(bits(scanned(ONE)!)).toEqual(bits(theLongWay(ONE)!));
  });

  test('with a changed byte is read only if the slow path reads it, and with the same result', () => {
    const at = fc.nat({ max: Buffer.byteLength(ONE) - 1 });
    fc.assert(
      fc.property(at, fc.integer({ min: 32, max: 126 }), fc.boolean(), (place, byte, isCut) => {
        const bytes = Buffer.from(ONE);
        bytes[place] = byte;
        const changed = isCut ? bytes.subarray(0, place) : bytes;
        const scannedRows = withoutPause(scan(changed, 100));
        if (scannedRows) expect(bits(scannedRows)).toEqual(bits(theLongWay(changed.toString())!));
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['a key twice', ONE.replace('"iron":1', '"iron":1,"iron":2')],
    ['a modality twice', ONE.replace('"sleep":{"hours":7}', '"blood":{"iron":1,"Zucker/µmol":-3,"constructor":2}')],
    ['a missing column', ONE.replace('"iron":1,', '')],
    ['an unknown column', ONE.replace('"iron"', '"irno"')],
    ['a text', ONE.replace('"iron":1', '"iron":"1"')],
    ['a value far from training', ONE.replace('"iron":1', '"iron":1e3')],
    ['another option', ONE.replace(/}$/, ',"partial":true}')],
    [
      'no value at all',
      '{"rows":[{"blood":{"iron":null,"Zucker/µmol":null,"constructor":null},"sleep":{"hours":null}}]}',
    ],
    ['an escaped name', ONE.replace('iron', 'ir\\u006fn')],
    ['a leading zero', ONE.replace('"iron":1', '"iron":01')],
    ['more behind', `${ONE}}`],
    ['no rows', '{"rows":[]}'],
    ['nothing', ''],
  ])('with %s is left to the slow path', (_, text) => {
    expect(scanned(text)).toBeUndefined();
  });

  test('with too many rows is left to the slow path, which counts them', () => {
    const row = ONE.slice(9, -2);
    expect(scanned(`{"rows":[${row},${row}]}`, 2)!.ids).toHaveLength(2);
    expect(scanned(`{"rows":[${row},${row}]}`, 1)).toBeUndefined();
  });
});

test('a model with a name that JSON escapes has no scanner', () => {
  expect(rowScanner([{ name: 'a', columns: [{ name: 'the "b"', ...scale }] }])).toBeUndefined();
});

test.each([
  { kind: 'binary', of: undefined },
  { kind: 'count', of: undefined },
] as const)('a model with a $kind column has no scanner', ({ kind }) => {
  expect(rowScanner([{ name: 'a', columns: [{ name: 'b', ...scale, kind }] }])).toBeUndefined();
});

test('a float32 is written as the shortest decimal that reads back to it', () => {
  const float = fc.oneof(
    fc.float({ noNaN: true, noDefaultInfinity: true }),
    fc.float({ min: -10, max: 10, noNaN: true }),
  );
  fc.assert(
    fc.property(float, (value) => {
      const decimals = [6, 7, 8, 9].map((digits) => Number(value.toPrecision(digits)));
      expect(floatText(value)).toBe(String(decimals.find((decimal) => Math.fround(decimal) === value)));
      const bytes = Buffer.alloc(32);
      expect(bytes.toString('latin1', 3, writeFloat(bytes, 3, value))).toBe(floatText(value));
    }),
    { numRuns: 2000 },
  );
  expect(['0.1', '0.25', '-1.5', '100', '3.1415927'].map((text) => floatText(Math.fround(Number(text))))).toEqual([
    '0.1',
    '0.25',
    '-1.5',
    '100',
    '3.1415927',
  ]);
});

test('long work yields to other work and gives the same result', async () => {
  const row = '{"blood":{"iron":1.5,"Zucker/µmol":-3,"constructor":2},"sleep":{"hours":1}}';
  const body = Buffer.from(`{"rows":[${Array.from({ length: 50_000 }, () => row).join()}]}`);
  let turns = 0;
  const clock = setInterval(() => turns++, 0);
  const sliced = await inSlices(scan(body, 50_000));
  clearInterval(clock);
  expect(turns).toBeGreaterThan(2);
  expect(bits(sliced!)).toEqual(bits(withoutPause(scan(body, 50_000))!));
});
