// Checks whether links and arrows agree with known causes, in the two phenotype studies and a screen of knock-outs. The
// studies have no tiers, so the program does not know that age and sex have no causes.
// `scripts/bench known-directions [seeds] [study…] [--out FOLDER]` calls `study run` on other splits and writes
// known.md and a JSON file for each run to FOLDER. Runs with a JSON file are not repeated.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { packageRoot } from '../src/runtime/package.js';
import { interlatent } from './cli-line.js';
import { EXPRESSION, INERT, knockOutStudy } from './knock-outs.js';
import { machine } from './machine.js';

/** Seed of the first split. The search was developed on lower seeds. */
const FIRST_SEED = 103;

/** A cause and its effect: a measured variable, or a modality, any latent of which counts. An effect may be a list. */
type Known = readonly [cause: string, effect: string | readonly string[], why: string];
const KNOWN: Readonly<Record<string, readonly Known[]>> = {
  'nhanes-2013-2014': [
    ['woman', 'composition', 'men have more lean mass'],
    ['woman', 'grip', 'men grip harder'],
    ['woman', 'chemistry', 'creatinine, uric acid'],
    ['woman', 'counts', 'haemoglobin'],
    ['age', 'composition', 'fat rises with age'],
    ['age', 'high blood pressure', 'stiffer arteries'],
    ['age', 'diabetes', 'incidence rises with age'],
    ['composition', 'grip', 'muscle makes strength'],
    ['smoking', 'counts', 'white cells, red cell volume'],
  ],
  'nhanes-2005-2008': [
    ['woman', 'body', 'stature'],
    ['woman', 'chemistry', 'creatinine, uric acid'],
    ['woman', 'counts', 'haemoglobin'],
    ['woman', 'sleep', 'men snore more, women sleep worse'],
    ['age', 'pressure', 'stiffer arteries'],
    ['age', 'chemistry', 'kidneys, blood sugar'],
    ['age', 'left_eye', 'signs of disease'],
    ['age', 'right_eye', 'signs of disease'],
    ['age', 'high blood pressure', 'stiffer arteries'],
    ['age', 'diabetes', 'incidence rises with age'],
    ['smoking', 'counts', 'white cells, red cell volume'],
  ],
  'knock-outs': [
    ['IFNGR1', EXPRESSION, 'receptor of interferon γ'],
    ['JAK2', EXPRESSION, 'its kinase'],
    ['STAT1', EXPRESSION, 'its transcription factor'],
    ['SMAD4', EXPRESSION, 'FN1, CLDN23'],
  ],
};
/** Variables without causes. */
const ROOTS = ['woman', 'age', 'IFNGR1', 'JAK2', 'STAT1', 'SMAD4', ...INERT];

interface Link {
  readonly first: string;
  readonly second: string;
  readonly verdict: string;
  readonly association?: { readonly p: number };
  readonly direct?: { readonly estimate: number };
  readonly direction: { readonly verdict: string; readonly from?: string; readonly to?: string };
  readonly oneOf?: readonly { readonly from: string; readonly to: readonly string[] }[];
}

interface Discovery {
  readonly variables: readonly { readonly name: string; readonly modality?: string }[];
  readonly edges: readonly { readonly link: Link }[];
  readonly undrawn: readonly Link[];
}

interface Row {
  readonly study: string;
  readonly seed: number;
  readonly known: readonly {
    readonly name: string;
    readonly why: string;
    readonly linked: string;
    /** Links with one of several indistinguishable latents, all of which belong to the effect. */
    readonly oneOf: string;
    /** The same, if some of the latents do not belong to the effect. */
    readonly oneOfOthers: string;
    readonly associated: boolean;
  }[];
  /** Supported arrows. */
  readonly arrows: readonly string[];
  /** Supported arrows that contradict known causes. */
  readonly against: readonly string[];
  /** Supported links, or links with one of several latents, of knock-outs without effects. */
  readonly inert: readonly string[];
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { out: { type: 'string' } } });
const [seeds = '3', ...requested] = positionals;
const out = resolve(values.out ?? join(packageRoot, 'docs', 'results', 'evidence'));
const studies = requested.length > 0 ? requested : Object.keys(KNOWN);
mkdirSync(join(out, 'known'), { recursive: true });

const rows: Row[] = [];
for (const study of studies) {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + Number(seeds); seed++) rows.push(readOrRun(study, seed));
}
writeFileSync(join(out, 'known.md'), page(rows));

function readOrRun(study: string, seed: number): Row {
  const file = join(out, 'known', `${study}-seed${seed}.json`);
  if (!existsSync(file)) writeFileSync(file, `${JSON.stringify(row(study, seed), null, 2)}\n`);
  return JSON.parse(readFileSync(file, 'utf8')) as Row;
}

function row(study: string, seed: number): Row {
  const folder = join(packageRoot, 'build', 'known', `${study}-seed${seed}`);
  mkdirSync(folder, { recursive: true });
  const tables = (process.env.INTERLATENT_DATA ??= resolve(packageRoot, '..', 'shared', 'data'));
  const text = study === 'knock-outs' ? knockOutStudy(join(tables, 'papalexi_crispr'), folder) : exampleStudy(study);
  const changed = {
    ...text,
    split: { ...text.split, seed },
    training: { ...text.training, seed },
    discovery: { ...text.discovery, tiers: undefined },
  };
  // JSON is valid YAML.
  writeFileSync(
    join(folder, 'study.yaml'),
    JSON.stringify(changed).replaceAll(/\$\{INTERLATENT_DATA:-[^}]*\}/g, tables),
  );
  interlatent('study', 'run', join(folder, 'study.yaml'), '--out', join(folder, 'run'), '--threads', '1');
  return judged(study, seed, JSON.parse(readFileSync(join(folder, 'run', 'discovery.json'), 'utf8')) as Discovery);
}

function exampleStudy(study: string) {
  const folder = join(packageRoot, 'examples', 'phenotype', study);
  return parse(readFileSync(join(folder, 'study.yaml'), 'utf8')) as {
    split: object;
    training: object;
    discovery: { tiers?: unknown };
  };
}

function judged(study: string, seed: number, { variables, edges, undrawn }: Discovery): Row {
  const members = (names: string | readonly string[]): string[] => {
    const wanted = [names].flat();
    const matching = variables.filter((one) => wanted.some((name) => one.name === name || isLatentOf(one, name)));
    return matching.map((variable) => variable.name);
  };
  const links = edges.map(({ link }) => link);
  const latents = variables.filter((one) => one.modality !== undefined && isLatentOf(one, one.modality));
  const names = latents.map(({ name }) => name);
  const isMixed = (to: readonly string[]) => to.some((one) => names.includes(one));
  const all = undrawn.flatMap(({ oneOf = [] }) => oneOf).filter(({ to }) => isMixed(to));
  const groups = [...new Map(all.map((group) => [textOf(group), group])).values()];
  const between = (link: Link, causes: readonly string[], effects: readonly string[]) =>
    (causes.includes(link.first) && effects.includes(link.second)) ||
    (causes.includes(link.second) && effects.includes(link.first));
  const supported = links.filter(({ verdict }) => verdict === 'supported');
  const arrows = supported
    .filter(({ direction }) => direction.verdict === 'supported')
    .map(({ direction }) => direction);
  const isAgainst = ({ from, to }: Link['direction']): boolean =>
    ROOTS.includes(to!) ||
    KNOWN[study].some(([cause, effect]) => members(effect).includes(from!) && members(cause).includes(to!));
  return {
    study,
    seed,
    known: KNOWN[study].map(([cause, effect, why]) => {
      const [causes, effects] = [members(cause), members(effect)];
      const direct = supported.filter((link) => between(link, causes, effects));
      const oneOfs = groups.filter(({ from }) => causes.includes(from));
      const within = oneOfs.filter(({ to }) => to.every((one) => effects.includes(one)));
      const partly = oneOfs.filter((one) => !within.includes(one) && one.to.some((name) => effects.includes(name)));
      const text = (all: typeof oneOfs) => [...new Set(all.map(({ to }) => to.join(' or ')))].join('; ');
      return {
        name: `${cause} → ${[effect].flat().join(', ')}`,
        why,
        oneOf: text(within),
        oneOfOthers: text(partly),
        linked: direct.map((link) => `${link.first} – ${link.second} (${link.direct!.estimate.toFixed(2)})`).join(', '),
        associated: [...links, ...undrawn].some(
          (link) => between(link, causes, effects) && (link.association?.p ?? 1) <= 0.01,
        ),
      };
    }),
    arrows: arrows.map(({ from, to }) => `${from} → ${to}`),
    against: arrows.filter(isAgainst).map(({ from, to }) => `${from} → ${to}`),
    inert: [
      ...supported.filter((link) => between(link, INERT, names)).map(({ first, second }) => `${first} – ${second}`),
      ...groups.filter(({ from, to }) => INERT.includes(from) || to.some((one) => INERT.includes(one))).map(textOf),
    ],
  };
}

function textOf({ from, to }: { readonly from: string; readonly to: readonly string[] }): string {
  return `${from} – ${to.join(' or ')}`;
}

function isLatentOf({ name, modality }: Discovery['variables'][number], wanted: string): boolean {
  return modality === wanted && name.startsWith(`${wanted}.`);
}

function page(all: readonly Row[]): string {
  const known = all.flatMap((one) => one.known);
  const linked = known.filter((one) => one.linked !== '').length;
  const either = known.filter((one) => one.linked !== '' || one.oneOf !== '').length;
  const shared = known.filter((one) => one.linked === '' && one.oneOf === '' && one.oneOfOthers !== '').length;
  const associated = known.filter((one) => one.associated).length;
  const inert = all.flatMap((one) => one.inert);
  const arrows = all.flatMap((one) => one.arrows).length;
  const against = all.flatMap((one) => one.against).length;
  const studies = [...new Set(all.map(({ study }) => study))].join(', ');
  return [
    '# Known directions in real data',
    '',
    `\`scripts/bench known-directions ${seeds}\` on ${machine().processor}: ${studies}, without tiers.`,
    '',
    `Splits and fits have seeds ${FIRST_SEED} to ${FIRST_SEED + Number(seeds) - 1}. A known direction is found if a ` +
      'link between cause and effect is supported.',
    '',
    '| | |',
    '|---|---|',
    `| known directions found as direct links | ${linked} of ${known.length} |`,
    `| or as a link with one of several latents of the effect | ${either} of ${known.length} |`,
    `| in addition: a link with one of several latents, some of which belong to another modality | ${shared} |`,
    '| known directions whose cause and effect are associated (p ≤ 0.01, unconditionally) ' +
      `| ${associated} of ${known.length} |`,
    `| supported arrows | ${arrows} |`,
    `| of these, arrows that contradict known causes | ${against} |`,
    `| links of knock-outs without effects (${INERT.join(', ')}) | ${inert.length} |`,
    '',
    '| study | seed | known | why | supported link | link with one of | associated |',
    '|---|---|---|---|---|---|---|',
    ...all.flatMap(({ study, seed, known: directions }) =>
      directions.map(({ name, why, linked: link, oneOf, oneOfOthers, associated: isAssociated }) => {
        const several = [oneOf, oneOfOthers].filter((one) => one !== '').join('; ');
        const cells = [study, seed, name, why, link || '–', several || '–', isAssociated ? 'yes' : 'no'];
        return `| ${cells.join(' | ')} |`;
      }),
    ),
    '',
    ...all.map(
      ({ study, seed, arrows: list }) => `Supported arrows of ${study}, seed ${seed}: ${list.join(', ') || 'none'}.`,
    ),
    '',
  ].join('\n');
}
