// interlatent discover for users: tables, joins, latents of a RUN, formats, tiers, and mistakes.

import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type { LinkFigures } from '../../src/causal/discovery/link-figures.js';
import { decodeNpy } from '../../src/files/npy.js';
import type { RunSummary } from '../../src/training/run-folder.js';
import { commandHere, type CommandResult } from '../fixtures/command-here.js';
import { SHORT_TRAINING } from '../fixtures/command-line.js';
import { generator, normals } from '../fixtures/numbers.js';
import { scratch } from '../fixtures/scratch.js';

const { folder, file } = scratch();
const interlatent = (...args: string[]): Promise<CommandResult> => commandHere(args, folder);

function discover(...args: string[]) {
  return interlatent('discover', ...args);
}

beforeAll(() => {
  const normal = normals(generator(73));
  const rows = Array.from({ length: 500 }, (_, i) => {
    const [age, sex] = [normal(), normal()];
    const pressure = age + sex + normal();
    return {
      id: `p${i}`,
      age,
      sex,
      pressure,
      retina: 0.8 * pressure + normal(),
      site: i % 2 === 0 ? 'north' : 'south',
    };
  });
  const csv = (columns: readonly (keyof (typeof rows)[number])[], part: typeof rows) =>
    `${columns.join(',')}\n${part.map((row) => columns.map((name) => row[name]).join(',')).join('\n')}\n`;
  file('all.csv', csv(['age', 'sex', 'pressure', 'retina', 'site'], rows));
  file('person.csv', csv(['id', 'age', 'sex'], rows));
  file('body.csv', csv(['id', 'pressure', 'retina'], [...rows].reverse().slice(0, 450)));
  const level = (value: number) => (value > 0 ? 'high' : 'low');
  const levels = rows.map(({ age, sex, pressure }) => [age, sex, pressure].map(level).join(','));
  file('levels.csv', `age,sex,pressure\n${levels.join('\n')}\n`);
  // drug sets pressure, without regard to age and sex; sham does nothing.
  const arms = rows.map(({ id, age, sex, retina, pressure }, i) => {
    const arm = ['none', 'sham', 'drug'][i % 3];
    const change = arm === 'drug' ? 3 + normal() - pressure : 0;
    return [id, arm, age, sex, pressure + change, retina + 0.8 * change].join(',');
  });
  file('arms.csv', `id,arm,age,sex,pressure,retina\n${arms.join('\n')}\n`);
  file(
    'arm.csv',
    `id,arm\n${arms
      .map((row) => row.split(',').slice(0, 2).join(','))
      .reverse()
      .join('\n')}\n`,
  );
  file('targets.yaml', 'none: []\nsham: []\ndrug: [pressure]\n');
  file('wrong-targets.yaml', 'drug: pressure\n');
  file('broken.yaml', 'drug: [pressure\n');
  file('tiers.yaml', 'tiers:\n  - [person]\n  - [body]\n');
});

interface Discovered {
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

interface OfRun {
  readonly variables: readonly { readonly name: string }[];
  readonly leftOut: readonly string[];
  readonly edges: readonly { readonly from: string; readonly to: string; readonly link: LinkFigures }[];
  readonly undrawn: readonly LinkFigures[];
}

const COLLIDER = ['age --> pressure', 'sex --> pressure', 'pressure --> retina'];

/** Returns the edges of `--format causal-learn` without their numbers. */
function edges(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .slice(4)
    .map((line) => line.replace(/^\d+\. /, ''));
}

describe('discover', () => {
  test('prints a table for readers, and names left out text columns', async () => {
    const { code, out, err } = await discover('all.csv', '--half-samples', '10');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('3 edges of 4 variables\n500 rows;');
    expect(out).toContain('left out, texts: site');
    expect(out).toMatch(/pressure\s+-->\s+retina/);
    expect(out).toContain('10 half-samples, seed 0');
  });

  test('joins tables by id, and uses them as modalities', async () => {
    const json = await discover('person.csv', 'body.csv', '--id', 'id', '--tiers', 'tiers.yaml', '--json');
    const result = JSON.parse(json.out) as { rows: number; variables: { name: string; modality: string }[] };
    expect(result.rows).toBe(450);
    expect(result.variables.map(({ modality }) => modality)).toEqual(['person', 'person', 'body', 'body']);
    // At 0.05, one in twenty pairs of independent columns is linked, and age and sex are such a pair here.
    const args = ['--id', 'id', '--tiers', 'tiers.yaml', '--alpha', '0.01', '--format', 'causal-learn'];
    const text = (await discover('person.csv', 'body.csv', ...args)).out;
    expect(edges(text)).toEqual(COLLIDER);
  });

  test('uses texts as levels for χ² and G²', async () => {
    for (const name of ['chisq', 'gsq']) {
      const { out } = await discover('levels.csv', '--test', name, '--format', 'causal-learn');
      expect(edges(out)).toEqual(['age --> pressure', 'sex --> pressure']);
    }
  });

  test('uses a text with two levels as a binary variable of the mixed test', async () => {
    const rows = readFileSync(join(folder, 'all.csv'), 'utf8').trim().split('\n');
    const kinds = rows.map((_, i) =>
      i === 0 ? 'group,kind' : i % 2 === 0 ? 'case,x' : i % 3 === 0 ? 'control,y' : 'control,z',
    );
    file('kinds.csv', `${rows.map((row, i) => `${row},${kinds[i]}`).join('\n')}\n`);
    const { out, err } = await discover('kinds.csv', '--test', 'mixed', '--alpha', '0.01', '--json');
    const result = JSON.parse(out) as {
      variables: { name: string }[];
      leftOut: string[];
      edges: { from: string; to: string }[];
    };
    expect(err).toBe('');
    expect(result.leftOut).toEqual(['kind']);
    expect(result.variables.map(({ name }) => name)).toEqual(['age', 'sex', 'pressure', 'retina', 'site', 'group']);
    const pairs = result.edges.map(({ from, to }) => [from, to].sort().join());
    expect(pairs.sort()).toEqual(['age,pressure', 'group,site', 'pressure,retina', 'pressure,sex']);
  });

  test('selects and orders variables with --columns', async () => {
    const { out } = await discover('all.csv', '--columns', 'retina,pressure', '--format', 'causal-learn');
    expect(out).toContain('Graph Nodes:\nretina;pressure\n');
  });

  test('prints the same for the same seed', async () => {
    const args = ['all.csv', '--half-samples', '8', '--seed', '5', '--json'];
    expect((await discover(...args)).out).toBe((await discover(...args)).out);
  });

  test('prints the same for any number of threads', async () => {
    const args = ['all.csv', '--half-samples', '8', '--json', '--threads'];
    const one = await discover(...args, '1');
    expect(one.err).toBe('');
    expect((await discover(...args, '3')).out).toBe(one.out);
  });

  test('does not exclude common causes with --algorithm fci', async () => {
    const { out } = await discover('all.csv', '--algorithm', 'fci', '--half-samples', '5', '--format', 'causal-learn');
    expect(edges(out)).toEqual(['age o-> pressure', 'sex o-> pressure', 'pressure --> retina']);
  });

  test('keeps stable edges with --threshold', async () => {
    const { out } = await discover(
      'all.csv',
      '--half-samples',
      '20',
      '--threshold',
      '0.95',
      '--format',
      'causal-learn',
    );
    expect(edges(out)).toEqual(COLLIDER);
  });
});

describe('files', () => {
  test.each([
    ['g.json', /"format": "interlatent-causal-graph"/],
    ['g.dot', /^digraph causal/],
    ['g.graphml', /<graphml/],
    ['g.svg', /^<svg/],
    ['g.txt', /^Graph Nodes:\nage;sex;pressure;retina\n/],
    ['g.csv', /^0,0,-1,0\n0,0,-1,0\n1,1,0,-1\n0,0,1,0\n$/],
  ])('have the format of their extension (%s)', async (name, expected) => {
    const { code, out } = await discover('all.csv', '--out', name);
    expect(code).toBe(0);
    expect(out).toContain(`Written to ${name}`);
    expect(readFileSync(join(folder, name), 'utf8')).toMatch(expected);
  });

  test('have the matrix of causal-learn in .npy', async () => {
    expect((await discover('all.csv', '--out', 'g.npy')).code).toBe(0);
    const { shape, data } = decodeNpy(readFileSync(join(folder, 'g.npy')), 'g.npy');
    expect(shape).toEqual([4, 4]);
    expect(Array.from(data, Number)).toEqual([0, 0, -1, 0, 0, 0, -1, 0, 1, 1, 0, -1, 0, 0, 1, 0]);
  });
});

test('--algorithm ges counts local scores; graph writes its file in another format and compares the two', async () => {
  const { code, out } = await discover(
    'all.csv',
    '--columns',
    'age,sex,pressure',
    '--algorithm',
    'ges',
    '--out',
    'ges.dot',
  );
  expect(code).toBe(0);
  expect(out).toMatch(/^2 edges of 3 variables\n500 rows; \d+ local scores on 500 rows$/m);
  expect((await interlatent('graph', 'ges.dot', '--format', 'causal-learn', '--out', 'ges.txt')).code).toBe(0);
  expect(edges(readFileSync(file('ges.txt'), 'utf8'))).toEqual(COLLIDER.slice(0, 2));
  const comparison = JSON.parse((await interlatent('graph', 'ges.dot', '--truth', 'ges.txt', '--json')).out) as object;
  expect(comparison).toMatchObject({ distance: 0, trueEdges: 2, adjacency: { precision: 1, recall: 1 } });
  expect((await interlatent('graph', 'no-such.dot')).err).toContain('[missing-file]');
});

test('--score bdeu accepts texts and tiers; JSON contains the decisions', async () => {
  const tiers = file('levels.yaml', 'tiers: [[age, sex], [pressure]]\n');
  const args = ['levels.csv', '--algorithm', 'ges', '--score', 'bdeu', '--tiers', tiers, '--json'];
  const result = JSON.parse((await discover(...args, '--compatibility', 'two-phases')).out) as Discovered;
  expect(result).toMatchObject({ score: 'bdeu', penalty: 2, compatibility: ['two-phases'] });
  expect(result.edges.map(({ from, to }) => `${from} --> ${to}`)).toEqual(COLLIDER.slice(0, 2));
});

describe('latents of a RUN', () => {
  const names = ['cause', 'other', 'effect'];
  let summary: RunSummary;
  const search = async (...args: string[]) => JSON.parse((await discover('run', ...args, '--json')).out) as OfRun;

  beforeAll(async () => {
    const normal = normals(generator(5));
    const people = Array.from({ length: 600 }, (_, i) => {
      const [cause, other] = [normal(), normal()];
      return { id: `p${i}`, values: [cause, other, 0.6 * cause + 0.6 * other + 0.5 * normal()] };
    });
    for (const [m, name] of names.entries()) {
      const rows = people.map(({ id, values }) =>
        [id, ...[1, 2, 3, 4, 5, 6].map(() => values[m] + 0.6 * normal())].join(),
      );
      file(`study/${name}.csv`, `id,a,b,c,d,e,f\n${rows.join('\n')}\n`);
    }
    const modalities = names.map((name) => `  ${name}: { table: ${name}.csv, latents: 1 }`).join('\n');
    file('study/study.yaml', `study: people\nid: id\nmodalities:\n${modalities}\n${SHORT_TRAINING}`);
    file('ages.csv', `id,age,site\n${people.map(({ id, values }, i) => `${id},${values[1]},s${i % 3}`).join('\n')}\n`);
    expect(await interlatent('fit', 'study/study.yaml', '--out', 'run', '--threads', '1')).toMatchObject({ code: 0 });
    summary = JSON.parse(readFileSync(join(folder, 'run/run.json'), 'utf8')) as RunSummary;
  }, 120_000);

  test('have exactly the links and directions of the fit', async () => {
    const { links, directions } = summary.evidence!;
    const result = await search();
    expect(links.length).toBeGreaterThan(0);
    expect(result).toMatchObject({ method: 'error-aware', links, directions });
    expect(result.edges.length).toBe(links.filter(({ verdict }) => verdict === 'supported').length);
    // Another seed changes only the half-samples of refits.
    expect(await search('--seed', '9')).toEqual(result);
  });

  test('are listed with verdicts, figures and undecided pairs', async () => {
    const { code, out, err } = await discover('run', '--out', 'latents.json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/3 variables, 600 units/);
    const { edges: links, undrawn } = await search();
    for (const { from, to, link } of links) {
      expect(out).toMatch(new RegExp(`${from}\\s+o-\\S\\s+${to}\\s+supported\\s+[+−]`));
      expect(link).toMatchObject({ verdict: 'supported', sign: '+' });
    }
    const undecided = undrawn.filter(({ verdict }) => verdict === 'undecided');
    expect(out.includes('Undecided, and not drawn')).toBe(undecided.length > 0);
    const written = JSON.parse(readFileSync(join(folder, 'latents.json'), 'utf8')) as OfRun;
    expect(written).toMatchObject({ edges: links, undrawn });
  });

  test('are searched with measured columns, which tiers can place first', async () => {
    const tiers = file('age-first.yaml', 'tiers: [[ages], [cause, other, effect]]\n');
    const result = await search('ages.csv', '--id', 'id', '--tiers', tiers);
    expect(result.variables.map(({ name }) => name)).toEqual(['cause.z1', 'other.z1', 'effect.z1', 'age']);
    expect(result).toMatchObject({ leftOut: ['site'] });
    const edge = result.edges.find(({ from, to }) => from === 'age' && to === 'other.z1');
    expect(edge).toMatchObject({ fromMark: 'circle', toMark: 'arrow', link: { direction: { verdict: 'assumed' } } });
    const chosen = await search('ages.csv', '--id', 'id', '--columns', 'age,effect.z1');
    expect(chosen.variables).toHaveLength(2);
  });

  test('are not searched by methods that take their errors for links', async () => {
    for (const option of [
      ['--algorithm', 'pc'],
      ['--test', 'fisherz'],
      ['--alpha', '0.05'],
      ['--score', 'bic'],
      ['--threshold', '0.5'],
    ]) {
      const { code, out, err } = await discover('run', ...option);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toMatch(new RegExp(`latents-need-error-aware.*${option[0]}.*Leave the option out`));
    }
  });

  test.each([
    [['--half-samples', '4'], /invalid-option.*--refit/],
    [['--refit'], /invalid-option.*--half-samples N/],
    [['--workers', '2'], /invalid-option.*--workers/],
    [['ages.csv'], /missing-id/],
    [['ages.csv', '--id', 'age'], /no-shared-rows|duplicate-id/],
    [['ages.csv', '--id', 'id', '--columns', 'site,effect.z1'], /not-numeric.*'site'/],
    [['--columns', 'effect.z2'], /unknown-variable.*effect.z1/],
    [['run'], /several-runs/],
    [['--in-sample'], /unknown option/],
  ])('%j is a mistake', async (args, expected) => {
    const { code, out, err } = await discover('run', ...args);
    expect(err).toMatch(expected);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  test('of modalities that are not associated are not linked', async () => {
    const path = join(folder, 'run/run.json');
    const pairs = summary.evidence!.pairs.map((pair) => ({ ...pair, associated: false }));
    writeFileSync(path, JSON.stringify({ ...summary, evidence: { ...summary.evidence, pairs } }));
    expect(await search()).toMatchObject({ links: [], edges: [], unrelated: pairs.map((p) => [p.first, p.second]) });
    expect((await discover('run')).out).toContain('No link between cause and other was searched for');
    writeFileSync(path, JSON.stringify(summary));
  });

  test('are refused if nothing was tested', async () => {
    rmSync(join(folder, 'run/folds.csv'));
    const { code, out, err } = await discover('run', '--json');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(/untested-latents.*Fit again without --evidence none/);
  });
});

describe('a mistake ends with exit code 2 and one line with a code, and writes nothing', () => {
  const cases: [string, () => string[], string | RegExp][] = [
    ['a table that is not there', () => ['nowhere.csv'], 'missing-file'],
    ['a folder that is no RUN', () => ['.'], 'no-run'],
    ['two tables without --id', () => ['person.csv', 'body.csv'], 'missing-id'],
    ['an id that is not there', () => ['person.csv', '--id', 'ID'], 'missing-column'],
    ['an id twice', () => ['person.csv', file('twice.csv', 'id,x\np1,1\np1,2\n'), '--id', 'id'], 'duplicate-id'],
    [
      'no row in common',
      () => ['person.csv', file('others.csv', 'id,x\nq1,1\nq2,2\n'), '--id', 'id'],
      'no-shared-rows',
    ],
    ['one name in two tables', () => ['person.csv', 'person.csv', '--id', 'id'], 'duplicate-variable'],
    ['a column that is not there', () => ['all.csv', '--columns', 'aeg,sex'], /missing-column.*age/],
    ['text as a variable of Fisher z', () => ['all.csv', '--columns', 'age,site'], 'not-numeric'],
    ['a measurement for χ²', () => ['all.csv', '--test', 'chisq'], 'too-many-levels'],
    ['a constant column', () => [file('flat.csv', 'a,b\n1,2\n1,3\n1,4\n1,7\n1,9\n')], 'constant-column'],
    ['too few rows', () => [file('few.csv', 'a,b\n1,2\n3,1\n')], 'too-few-rows'],
    ['an unknown test', () => ['all.csv', '--test', 'pearson'], /pearson/],
    [
      'a compatibility that there is not',
      () => ['all.csv', '--compatibility', 'causallearn'],
      /unknown-compatibility.*causal-learn/,
    ],
    ['alpha in words', () => ['all.csv', '--alpha', 'small'], 'invalid-option'],
    ['alpha 0', () => ['all.csv', '--alpha', '0'], 'invalid-alpha'],
    ['half a half-sample', () => ['all.csv', '--half-samples', '0.5'], 'invalid-option'],
    ['a threshold without half-samples', () => ['all.csv', '--threshold', '0.5'], 'invalid-threshold'],
    ['an extension that is none', () => ['all.csv', '--out', 'graph.png'], 'unknown-format'],
    ['tiers that are not there', () => ['all.csv', '--tiers', 'nowhere.yaml'], 'missing-file'],
    ['tiers that are no YAML', () => ['all.csv', '--tiers', file('bad.yaml', 'tiers: [')], 'invalid-knowledge'],
    ['a misspelled key', () => ['all.csv', '--tiers', file('key.yaml', 'tier: [[age]]\n')], 'invalid-knowledge'],
    [
      'an unknown name in tiers',
      () => ['all.csv', '--tiers', file('name.yaml', 'tiers: [[aeg]]\n')],
      /unknown-variable.*age/,
    ],
  ];
  test.each(cases)('%s', async (_, args, expected) => {
    const argsOf = args();
    const before = readdirSync(folder);
    const { code, out, err } = await discover(...argsOf);
    expect(err).toMatch(typeof expected === 'string' ? `error [${expected}]` : expected);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(readdirSync(folder)).toEqual(before);
    expect(existsSync(join(folder, 'graph.png'))).toBe(false);
  });
});

describe('environments', () => {
  const ARMS = ['arms.csv', '--id', 'id', '--environments', 'arm', '--alpha', '0.001'];

  test('are no variables; a table has the columns that each of them changes', async () => {
    const { code, out } = await discover(...ARMS, '--reference', 'none', '--assigned');
    expect(code).toBe(0);
    expect(out).toContain('4 edges of 6 variables');
    expect(out).toMatch(/pressure --> retina.*\n.*arm=drug --> pressure +\+0\.\d/);
    expect(out).toContain('3 environments of arm, assigned\n');
    expect(out).toMatch(/none +167 +\(reference\)/);
    expect(out).toMatch(/sham +167 +–/);
    expect(out).toMatch(/drug +166 +pressure/);
    expect(out).toContain('directly changes');
  });

  test('are associated with columns, unless they were assigned', async () => {
    const { out } = await discover(...ARMS, '--reference', 'none');
    expect(out).toContain(
      'not assigned: its edges are associations, and their arrowheads assume that no column causes it',
    );
    expect(out).toContain('arm=drug o-> pressure');
    expect(out).toContain('is directly associated with');
    expect(out).not.toContain('changes');
  });

  test('with known targets are searched by gies, from options or a file', async () => {
    const gies = ['--algorithm', 'gies', '--format', 'causal-learn'];
    const options = await discover(...ARMS, ...gies, '--targets', 'none=', 'sham=', 'drug=pressure');
    expect(edges(options.out)).toEqual(COLLIDER);
    const file_ = await discover(...ARMS, ...gies, '--targets', 'targets.yaml');
    expect(file_).toEqual(options);
    const { out } = await discover(...ARMS, '--algorithm', 'gies', '--targets', 'targets.yaml');
    expect(out).toMatch(/drug +166 +pressure/);
    expect(out).toContain('sets (stated)');
  });

  test('may be in another table, which the id joins', async () => {
    const tables = ['arm.csv', 'person.csv', 'body.csv', '--id', 'id', '--environments', 'arm', '--alpha', '0.001'];
    const { out } = await discover(...tables, '--reference', 'none', '--json');
    const { environments } = JSON.parse(out) as { environments: { levels: { rows: number }[] } };
    expect(environments.levels.reduce((sum, { rows }) => sum + rows, 0)).toBe(450);
  });

  test('are in JSON, and square in drawings', async () => {
    const args = [...ARMS, '--reference', 'none', '--assigned'];
    const json = await discover(...args, '--format', 'json');
    const { variables, environments } = JSON.parse(json.out) as Record<string, unknown[]>;
    expect(variables.at(-1)).toEqual({ name: 'arm=drug', context: 'assigned' });
    expect(environments).toEqual({
      name: 'arm',
      reference: 'none',
      assigned: true,
      levels: [
        { level: 'none', rows: 167, targets: [], isKnown: true },
        { level: 'sham', rows: 167, targets: [], isKnown: false },
        { level: 'drug', rows: 166, targets: ['pressure'], isKnown: false },
      ],
    });
    file('arms.json', json.out);
    const again = await interlatent('graph', 'arms.json', '--format', 'json');
    expect(again.out).toBe(json.out);
    const { out: svg } = await discover(...args, '--format', 'svg');
    expect(svg.match(/rx="0"/g)).toHaveLength(2);
    expect(svg).toContain('Square: an environment; its edges are effects');
    const dot = await discover(...args, '--format', 'dot');
    expect(dot.out).toContain('"arm=drug" [label="arm=drug", shape=box, context=assigned];');
    const graphml = await discover(...args, '--format', 'graphml');
    expect(graphml.out).toContain('<data key="context">assigned</data>');
  });

  test.each([
    ['an option without them', ['all.csv', '--reference', 'none'], 'invalid-option'],
    ['an unknown column', ['arms.csv', '--environments', 'arms'], 'missing-column'],
    ['no reference', [...ARMS], 'invalid-environments'],
    ['no targets for gies', [...ARMS, '--algorithm', 'gies', '--targets', 'none='], 'invalid-environments'],
    ['an unknown target', [...ARMS, '--algorithm', 'gies', '--targets', 'drug=blood'], 'invalid-environments'],
    ['a file without lists', [...ARMS, '--targets', 'wrong-targets.yaml'], 'invalid-environments'],
    ['a file that is no YAML', [...ARMS, '--targets', 'broken.yaml'], 'invalid-environments'],
    ['a missing file', [...ARMS, '--targets', 'nothing.yaml'], 'missing-file'],
  ])('refuses %s', async (_, args, code) => {
    const { code: status, err } = await discover(...args);
    expect(status).not.toBe(0);
    expect(err).toContain(`[${code}]`);
  });
});
