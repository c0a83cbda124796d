// Invalid studies and data sets: every case gives one coded error with the problem and the remedy.

import { describe, expect, test } from '@jest/globals';
import { join } from 'node:path';
import { checkDataset } from '../../src/data/check.js';
import type { Dataset, Modality } from '../../src/data/dataset.js';
import { readStudy } from '../../src/study/study.js';
import { refusing, type Case } from '../fixtures/refusing.js';
import { scratch } from '../fixtures/scratch.js';

const { file, folder, snapshot } = scratch();
const refuses = refusing(snapshot);

describe('studies', () => {
  const rows = Array.from({ length: 40 }, (_, i) => i);
  const csv = (name: string, columns: Record<string, (row: number) => string | number>) => {
    const names = Object.keys(columns);
    file(
      name,
      [names, ...rows.map((row) => names.map((column) => columns[column](row)))]
        .map((cells) => `${cells.join(',')}\n`)
        .join(''),
    );
  };
  const id = (row: number) => `p${row}`;
  const value = (row: number) => (row * 7919) % 101;
  csv('a.csv', { id, x: value, y: (row) => value(row + 50), z: (row) => value(3 * row) });
  csv('b.csv', { id, u: (row) => value(row + 7), v: (row) => value(5 * row) });
  csv('twice.csv', { id: (row) => (row === 30 ? 'p2' : id(row)), u: value, v: value });
  csv('noid.csv', { id: (row) => (row === 4 ? '' : id(row)), u: value, v: value });
  csv('words.csv', { id, u: (row) => (row === 11 ? 'many' : value(row)), v: value });
  csv('infinite.csv', { id, u: (row) => (row === 6 ? 'inf' : value(row)), v: value });
  csv('constant.csv', { id, u: () => 3, v: value, w: () => 4, q: value });
  csv('blank.csv', { id, u: () => '', v: value });
  csv('strangers.csv', { id: (row) => `q${row}`, u: value, v: value });
  csv('gaps.csv', { id, u: (row) => (row % 2 ? '' : row), v: (row) => (row % 2 ? row : '') });
  csv('other.csv', { id: (row) => `r${row}`, u: value, w: value });
  csv('negative.csv', { id, u: (row) => value(row) - 50, v: value });
  csv('huge.csv', { id, u: (row) => `${value(row)}e300`, v: value });
  csv('copy.csv', { id, u: value, w: value });
  file('c.csv', 'a\n1\n');
  file('one.csv', 'id,u,v\np1,1,2\n');
  file('names.csv', 'id,u\n' + rows.map((row) => `${id(row)},Kassel\n`).join(''));

  let count = 0;
  const study = (b: string, more = '') => {
    const path = file(
      `study${count++}.yaml`,
      `study: bad\nid: id\nmodalities:\n  a: { table: a.csv, latents: 1 }\n  b: ${b}\n${more}`,
    );
    return () => readStudy(path);
  };
  const text = (content: string | Uint8Array, name = `study${count++}.yaml`) => {
    const path = file(name, content);
    return () => readStudy(path);
  };
  const b = '{ table: b.csv, latents: 1 }';

  refuses([
    ['missing study', 'missing-file', /nowhere\.yaml/, () => readStudy(join(folder, 'nowhere.yaml'))],
    ['YAML that does not parse', 'study-syntax', /study\d+\.yaml:3:1: /, text('study: x\nid: [\n')],
    ['a variable without quotes', 'study-syntax', /needs quotes/, study('{ table: ${X}/b.csv, latents: 1 }')],
    ['JSON that does not parse', 'study-syntax', /bad\.json:1:/, text('{"study": "x", "id": ', 'bad.json')],
    ['no text', 'study-syntax', /UTF-8/, text(Buffer.from([0xff, 0xfe, 0x00]))],
    [
      'aliases that multiply',
      'study-syntax',
      /alias/,
      text(
        [
          'a: &a [x,x,x,x,x,x,x,x,x]',
          'b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]',
          'c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]',
          'd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n',
        ].join('\n'),
      ),
    ],
    ['an empty study', 'invalid-study', /the study must be a map/, text('')],
    [
      'an unknown key with a near one',
      'unknown-key',
      /:6:1: unknown key 'splits' \(did you mean 'split'\?\)/,
      study(b, 'splits: {}\n'),
    ],
    [
      'an unknown key inside',
      'unknown-key',
      /:5:\d+: unknown key 'modalities\.b\.latent' \(did you mean 'latents'\?\)/,
      study('{ table: b.csv, latent: 1 }'),
    ],
    [
      'an unknown key in training',
      'unknown-key',
      /'training\.epoch' \(did you mean 'epochs'/,
      study(b, 'training: { epoch: 3 }\n'),
    ],
    [
      'an unknown kind',
      'invalid-study',
      /sparsity\.kind must be one of .*not "gate" \(did you mean 'gates'\?\)/,
      study(b, 'sparsity: { kind: gate }\n'),
    ],
    ['a missing id', 'invalid-study', /: id is missing/, text('study: x\nmodalities: {}\n')],
    [
      'zero latents',
      'invalid-study',
      /:5:\d+: modalities\.b\.latents must be at least 1, not 0/,
      study('{ table: b.csv, latents: 0 }'),
    ],
    [
      'half a latent',
      'invalid-study',
      /latents must be a whole number, not 1\.5/,
      study('{ table: b.csv, latents: 1.5 }'),
    ],
    [
      'text for a number',
      'invalid-study',
      /latents must be a number, not "two"/,
      study('{ table: b.csv, latents: two }'),
    ],
    [
      'a name with a space',
      'invalid-study',
      /is not a name: write a letter/,
      text('study: x\nid: id\nmodalities:\n  a b: { table: a.csv, latents: 1 }\n'),
    ],
    [
      'no modality',
      'invalid-study',
      /modalities must have at least one entry/,
      text('study: x\nid: id\nmodalities: {}\n'),
    ],
    [
      'a mixed table list',
      'invalid-study',
      /must be a file, a list of files/,
      study('{ table: [b.csv, [b.csv]], latents: 1 }'),
    ],
    [
      'columns and omit',
      'invalid-study',
      /excludes columns/,
      study('{ table: b.csv, columns: [u, v], omit: [u], latents: 1 }'),
    ],
    [
      'a column listed twice',
      'invalid-study',
      /b\.columns\.1 repeats/,
      study('{ table: b.csv, columns: [u, u], latents: 1 }'),
    ],
    [
      'splits that leave no training subjects',
      'invalid-study',
      /leaves nothing to train on/,
      study(b, 'split: { validation: 0.5, test: 0.5 }\n'),
    ],
    ['a share above one', 'invalid-study', /share below 1 or a whole number/, study(b, 'split: { test: 1.5 }\n')],
    [
      'an unset variable',
      'undefined-variable',
      /:5:\d+: .*INTERLATENT_NO_SUCH_PLACE is not set/,
      study('{ table: "${INTERLATENT_NO_SUCH_PLACE}/b.csv", latents: 1 }'),
    ],
    [
      'a missing table',
      'missing-file',
      /:5:\d+: no such file: .*nothing\.csv/,
      study('{ table: nothing.csv, latents: 1 }'),
    ],
    ['a missing id column', 'missing-column', /no column 'id'; it has a/, study('{ table: c.csv, latents: 1 }')],
    [
      'a missing column',
      'missing-column',
      /:5:\d+: .*no column 'uu'; it has u, v/,
      study('{ table: b.csv, columns: [u, v, uu], latents: 1 }'),
    ],
    [
      'a misspelled column to omit',
      'missing-column',
      /no column 'vv'/,
      study('{ table: b.csv, omit: [vv], latents: 1 }'),
    ],
    [
      'codes for a missing column',
      'missing-column',
      /no column 'w'/,
      study('{ table: b.csv, missing: { w: [9] }, latents: 1 }'),
    ],
    [
      'duplicate ids',
      'duplicate-id',
      /id p2 occurs twice, the second time in row 31/,
      study('{ table: twice.csv, latents: 1 }'),
    ],
    ['duplicate ids over a stack', 'duplicate-id', /occurs twice/, study('{ table: [b.csv, b.csv], latents: 1 }')],
    ['a row without id', 'missing-id', /row 5 of .*noid\.csv has no 'id'/, study('{ table: noid.csv, latents: 1 }')],
    [
      'text among numbers',
      'not-numeric',
      /:5:\d+: column 'u' .*row 12 holds "many"; leave the column out/,
      study('{ table: words.csv, latents: 1 }'),
    ],
    [
      'a listed column of words',
      'not-numeric',
      /row 1 holds "Kassel"/,
      study('{ table: names.csv, columns: [u], latents: 1 }'),
    ],
    ['no numeric column', 'no-columns', /no numeric column/, study('{ table: names.csv, latents: 1 }')],
    ['infinity', 'not-finite', /row 7 of column 'u' .* is infinite/, study('{ table: infinite.csv, latents: 1 }')],
    [
      'constant columns',
      'constant-column',
      /constant on the training split: u, w; write omit: \[u, w\]/,
      study('{ table: constant.csv, latents: 1 }'),
    ],
    [
      'an empty column',
      'empty-column',
      /empty: u; take them out of columns/,
      study('{ table: blank.csv, columns: [u, v], latents: 1 }'),
    ],
    [
      'no common subjects',
      'no-common-subjects',
      /a has p0, p1, p2, …; b has q0, q1, q2, …/,
      study('{ table: strangers.csv, latents: 1 }'),
    ],
    [
      'joined tables without common subjects',
      'no-common-subjects',
      /share no id/,
      study('{ table: [[b.csv], [other.csv]], omit: [u], latents: 1 }'),
    ],
    [
      'no complete subjects',
      'no-complete-subjects',
      /most are missing in b\.u \(20\), b\.v \(20\)/,
      study('{ table: gaps.csv, latents: 1 }', 'missing: drop\n'),
    ],
    [
      'stacked columns that disagree',
      'columns-disagree',
      /only one of them has v, w/,
      study('{ table: [b.csv, other.csv], latents: 1 }'),
    ],
    [
      'joined columns of one name',
      'duplicate-column',
      /two joined tables have a column 'u'/,
      study('{ table: [[b.csv], [copy.csv]], latents: 1 }'),
    ],
    [
      'one row',
      'too-few-subjects',
      /[01] training and [01] validation subjects have modality 'b'; at least 10 and 2/,
      study('{ table: one.csv, latents: 1 }'),
    ],
    [
      'more latents than columns',
      'too-many-latents',
      /2 columns, fewer than its 2 latents and 1 exogenous/,
      study('{ table: b.csv, latents: 2 }'),
    ],
    [
      'the logarithm of negative values',
      'log-of-negative',
      /'u' has negative values .*; take it out of log/,
      study('{ table: negative.csv, log: [u], latents: 1 }'),
    ],
    [
      'values beyond any square',
      'too-wide-range',
      /'u' has values whose squares overflow; use a larger unit/,
      study('{ table: huge.csv, latents: 1 }'),
    ],
  ]);
});

describe('data sets built by a caller', () => {
  const scale = (name: string) => ({ name, log: false, offset: 0, mean: 0, sd: 1 });
  const modality = (name: string, more: Partial<Modality> = {}): Modality => ({
    name,
    columns: [scale('u'), scale('v')],
    values: Float32Array.from({ length: 10 }, (_, i) => i),
    latents: 1,
    exogenous: 1,
    ...more,
  });
  const good: Dataset = {
    ids: ['p0', 'p1', 'p2', 'p3', 'p4'],
    modalities: [modality('a'), modality('b-1_C')],
    split: { train: Int32Array.of(0, 3), validation: Int32Array.of(1), test: Int32Array.of(4) },
    fingerprint: '',
  };
  const check = (more: Partial<Dataset>) => () => {
    checkDataset({ ...good, ...more });
  };
  const second = (more: Partial<Modality>) => check({ modalities: [good.modalities[0], modality('b', more)] });
  const split = (more: Partial<Dataset['split']>) => check({ split: { ...good.split, ...more } });

  test('are accepted if they are valid', () => {
    expect(check({})).not.toThrow();
    expect(split({ test: Int32Array.of() })).not.toThrow();
    expect(check({ groups: ['f', 'g', 'f', 'f', 'h'] })).not.toThrow();
  });

  refuses(
    (
      [
        ['a repeated id', /ids\[2\] 'p0' is repeated/, check({ ids: ['p0', 'p1', 'p0', 'p3', 'p4'] })],
        ['an empty id', /ids\[1\] is empty/, check({ ids: ['p0', '', 'p2', 'p3', 'p4'] })],
        ['no modality', /modalities is empty/, check({ modalities: [] })],
        [
          'names that differ only in capitals',
          /modalities\[1\]\.name 'A' differs from another name only in capitals/,
          second({ name: 'A' }),
        ],
        ['a repeated name', /modalities\[1\]\.name 'a' is repeated/, second({ name: 'a' })],
        ['a name like a number', /modalities\[1\]\.name is "1"; .*a letter/, second({ name: '1' })],
        ['a name with a point', /modalities\[1\]\.name is "b\.z1"/, second({ name: 'b.z1' })],
        ['no columns', /\('b'\)\.columns is empty/, second({ columns: [], values: new Float32Array() })],
        ['repeated columns', /columns\[1\] 'u' is repeated/, second({ columns: [scale('u'), scale('u')] })],
        ['no spread', /columns\[0\] has mean 0, sd 0/, second({ columns: [{ ...scale('u'), sd: 0 }, scale('v')] })],
        ['no latents', /\('b'\)\.latents is 0; .*1 to 256/, second({ latents: 0 })],
        ['half a latent', /\('b'\)\.exogenous is 1\.5/, second({ exogenous: 1.5 })],
        ['too few values', /values has 9 elements; 5 ids × 2 columns need 10/, second({ values: new Float32Array(9) })],
        ['a missing id', /values has 10 elements; 4 ids/, check({ ids: good.ids.slice(0, 4) })],
        [
          'NaN',
          /\('b'\)\.values\[3\] is NaN \(column 'v', subject p1\)/,
          second({ values: new Float32Array(10).fill(NaN, 3) }),
        ],
        ['a row beyond the last', /split\.test\[0\] is 5; .*0 to 4/, split({ test: Int32Array.of(5) })],
        ['a negative row', /split\.train\[1\] is -1/, split({ train: Int32Array.of(0, -1) })],
        ['half a row', /split\.train\[0\] is 0\.5/, split({ train: [0.5, 2] as unknown as Int32Array })],
        ['a row in two splits', /split\.test\[0\] is row 3, which is also in train/, split({ test: Int32Array.of(3) })],
        ['a row twice in a split', /split\.train\[1\] is row 0/, split({ train: Int32Array.of(0, 0) })],
        ['one to train', /split has 1 rows in train and 1 in validation/, split({ train: Int32Array.of(0) })],
        ['too few groups', /groups has 1 elements, but there are 5 ids/, check({ groups: ['f'] })],
        [
          'a group in two splits',
          /split\.validation\[0\] belongs to group 'f', which is also in train/,
          check({ groups: ['f', 'f', 'g', 'h', 'i'] }),
        ],
        ['none to validate', /2 rows in train and 0 in validation/, split({ validation: Int32Array.of() })],
      ] as const
    ).map(([name, says, run]): Case => [name, 'invalid-dataset', says, run]),
  );
});
