// The result tables `subgroup-means`, `subgroup-loadings`, `subgroup-links`, and `subgroup-effects`.

import { MIN_SUBGROUP, type Subgroups } from '../../data/subgroups.js';
import { counted, decimals, listed } from '../../text/numbers.js';
import { outOfFoldLatents, subjectsOf, type InterpretationInput } from '../input.js';
import { resultTable, type ResultCell, type ResultColumn, type ResultTable } from '../result-table.js';
import { BLOCK_NOTE, latentUnits, verdictNotes } from '../units.js';
import type { Interval95 } from './equality.js';
import { MIN_DEGREES } from './group-slopes.js';
import { compareLoadings } from './loadings.js';
import { BETWEEN, NOT_WHY, ONE_MODEL, RELIABILITY } from './notes.js';
import {
  compareEffects,
  compareLatents,
  compareLinks,
  type ComparedGroup,
  type ComparedLink,
  type Comparison,
  type Corrected,
  type SubgroupInput,
  type Uncompared,
} from './results.js';

/** Maximum q of a difference. */
const MAX_Q = 0.05;

const text = (name: string, description: string): ResultColumn => ({ name, kind: 'text', description });
const numeric = (name: string, description: string): ResultColumn => ({ name, kind: 'number', description });

const NO_SUBGROUPS =
  'The study has no subgroups. Write them into the study file (subgroups: { table, column }); the fit stays as it is.';

const UNDECIDED: Readonly<Record<Uncompared, string>> = {
  'too-few': 'too few subjects',
  'no-variation': 'nothing varies, or covariates determine it',
  circular: 'the modality has the groups',
  'observed-cause': 'the cause was not assigned',
};

const GROUP = text('group', 'name of the group');
const P = numeric('p', 'p of the test that all compared groups are equal');
const Q = numeric('q', 'p corrected for all tests of the table (Holm)');
const RESULT = text(
  'result',
  `differs if q is at most ${MAX_Q}; not shown is no proof of equality; undecided: no test`,
);
const SUBJECTS = numeric('subjects', 'number of subjects of the group with all variables');
const VERDICT = text('verdict', 'verdict on the latent: component, block, not-replicated, or untested');
const LATENT = text('latent', 'name of the latent, or of a block of mixed latents');

/** Columns of a figure of each group, and of its difference from the first group. */
function figureColumns(name: string, what: string): ResultColumn[] {
  return [
    numeric(name, `${what}; empty for a block`),
    numeric('lower', 'lower end of its 95 % interval'),
    numeric('upper', 'upper end of its 95 % interval'),
    numeric('difference', 'difference from the first group'),
    numeric('from', 'lower end of the 95 % interval of the difference'),
    numeric('to', 'upper end of the 95 % interval of the difference'),
  ];
}

function figureCells({ figure, difference }: Pick<ComparedGroup, 'difference' | 'figure'> = {}): (
  | ResultCell
  | undefined
)[] {
  return [
    ...[figure?.estimate, figure?.lower, figure?.upper],
    ...[difference?.estimate, difference?.lower, difference?.upper],
  ];
}

/** Returns the result of a comparison for a group. */
function resultText({ q, uncompared }: Corrected<Comparison>, { isCompared }: ComparedGroup): string {
  if (uncompared) return `undecided: ${UNDECIDED[uncompared]}`;
  if (!isCompared) return `undecided: ${UNDECIDED['too-few']}`;
  return q <= MAX_Q ? 'differs' : 'not shown';
}

/** Returns what the tables need; undefined for a study without `subgroups`. */
function subgroupInput(input: InterpretationInput, table: string): SubgroupInput | undefined {
  const dataset = subjectsOf(input, table);
  const outOfFold = outOfFoldLatents(input, table);
  const { graph, summary, study } = input;
  return study?.subgroups && { graph, summary, dataset, outOfFold, subgroups: study.subgroups };
}

/** Returns one row for each latent or block and group. */
export function subgroupMeansTable(input: InterpretationInput): ResultTable {
  const of = subgroupInput(input, 'subgroup-means');
  const all = of ? compareLatents(of) : [];
  return resultTable({
    name: 'subgroup-means',
    title: 'Means and spreads of latents in the groups',
    keys: 2,
    columns: [
      LATENT,
      GROUP,
      ...figureColumns('mean', 'mean of the latent, in standard deviations of all compared subjects'),
      { ...P, description: 'p of equal means (Welch; with covariates, a regression with robust errors)' },
      Q,
      RESULT,
      numeric('sd', 'standard deviation of the latent in the group; empty for a block'),
      numeric('sd-p', 'p of equal spreads (Brown and Forsythe)'),
      numeric('sd-q', 'the same, corrected for all tests of the table (Holm)'),
      text('sd-result', 'the result for the spreads'),
      SUBJECTS,
      VERDICT,
    ],
    rows: all.flatMap(({ unit, means, spreads }) =>
      means.groups.map((group, g) => [
        ...[unit.name, group.name, ...figureCells(group), means.p, means.q, resultText(means, group)],
        ...[spreads.groups[g].figure?.estimate, spreads.p, spreads.q, resultText(spreads, spreads.groups[g])],
        ...[group.subjects, unit.verdict ?? 'untested'],
      ]),
    ),
    notes: of
      ? [
          ...notesOf(
            input,
            of.subgroups,
            all.flatMap(({ means, spreads }) => [means, spreads]),
          ),
          ...removedNotes(input, of.subgroups),
          ...(of.subgroups.covariates.length > 0
            ? ['Means are those at the average covariates. The sd is that of what the covariates leave.']
            : []),
          'A latent has no natural zero: only differences of means have a meaning.',
        ]
      : [NO_SUBGROUPS],
  });
}

/** Returns one row for each latent or block, column of its modality, and group. */
export async function subgroupLoadingsTable(input: InterpretationInput): Promise<ResultTable> {
  const of = subgroupInput(input, 'subgroup-loadings');
  const all = of ? await compareLoadings(input, of.subgroups) : [];
  return resultTable({
    name: 'subgroup-loadings',
    title: 'Loadings in the groups',
    keys: 4,
    columns: [
      LATENT,
      numeric('rank', 'rank of the column by p, among those of the latent'),
      text('column', 'column of the modality'),
      GROUP,
      ...figureColumns('slope', 'slope of the column, in its standard deviations, per sd of the latent'),
      { ...P, description: 'p of equal slopes, with robust errors' },
      Q,
      RESULT,
      SUBJECTS,
      text('modality', 'modality of latent and column'),
      VERDICT,
    ],
    rows: latentUnits(input).flatMap(({ name }) => {
      const ofUnit = all.filter(({ unit }) => unit.name === name);
      const ranked = ofUnit.sort((a, b) => (Number.isNaN(a.p) ? 2 : a.p) - (Number.isNaN(b.p) ? 2 : b.p));
      return ranked.flatMap((one, i) =>
        one.groups.map((group) => [
          ...[name, i + 1, one.column, group.name, ...figureCells(group), one.p, one.q, resultText(one, group)],
          ...[group.subjects, one.unit.modality, one.unit.verdict],
        ]),
      );
    }),
    notes: of
      ? [
          ...notesOf(input, of.subgroups, all),
          'In each group, the column is regressed on all latents of its modality. One standard deviation of a latent ' +
            'is that of all compared subjects.',
          `${RELIABILITY} A curved relation has different slopes in groups with different means.`,
        ]
      : [NO_SUBGROUPS],
  });
}

/** Returns one row for each link and group. */
export function subgroupLinksTable(input: InterpretationInput): ResultTable {
  const of = subgroupInput(input, 'subgroup-links');
  const all = of ? compareLinks(of) : [];
  return resultTable({
    name: 'subgroup-links',
    title: 'Links in the groups',
    keys: 3,
    columns: [
      text('first', 'name of the latent or block'),
      text('second', 'name of the other one'),
      GROUP,
      ...figureColumns('r', 'correlation of the latents in the group'),
      { ...P, description: 'p of equal correlations (Fisher’s z, jackknife errors)' },
      Q,
      RESULT,
      numeric('all', 'the correlation in all compared subjects together'),
      numeric('partial-r', 'correlation in the group, given the latents in the column conditioned-on'),
      ...PARTIAL_DETAILS,
      { ...numeric('partial-p', 'p of equal partial correlations'), isDetail: true },
      numeric('partial-q', 'the same, corrected for all tests of the table (Holm)'),
      text('partial-result', 'the result for the partial correlations; empty if there are none'),
      SUBJECTS,
      text('link', 'verdict on the link in all subjects together: supported or undecided'),
      text('conditioned-on', 'latents that the fit conditions this link on; empty for a block'),
    ],
    rows: all.flatMap(({ first, second, verdict, conditioning, plain, partial }) =>
      plain.groups.map((group, g) => {
        const other = partial?.groups[g];
        return [
          ...[first, second, group.name, ...figureCells(group), plain.p, plain.q, resultText(plain, group)],
          ...[plain.together?.estimate, ...figureCells(other), partial?.p, partial?.q],
          ...[partial && other && resultText(partial, other), group.subjects, verdict, conditioning.join(' ')],
        ];
      }),
    ),
    notes: of
      ? [
          ...betweenNotes(all),
          ...notesOf(
            input,
            of.subgroups,
            all.flatMap(({ plain, partial }) => (partial ? [plain, partial] : [plain])),
          ),
          ...(all.length === 0 ? ['The fit has no supported or undecided link between modalities.'] : []),
          RELIABILITY,
          'Correlations are not corrected for errors of measurement.',
        ]
      : [NO_SUBGROUPS],
  });
}

/** Columns of partial correlations that only files have. */
const PARTIAL_DETAILS = figureColumns('r', '')
  .slice(1)
  .map(({ name, description }) => ({
    ...numeric(`partial-${name}`, `${description}, of the partial correlation`),
    isDetail: true as const,
  }));

/** Returns a note on links that all subjects together have, and that the groups do not show inside. */
function betweenNotes(links: readonly ComparedLink[]): string[] {
  const excludes0 = ({ lower, upper }: Interval95) => lower > 0 || upper < 0;
  const between = links.filter(({ plain: { together, inside } }) => {
    return together && inside && excludes0(together) && !excludes0(inside);
  });
  if (between.length === 0) return [];
  const items = between.map(
    ({ first, second, plain: { together, inside } }) =>
      `${first} and ${second} (r = ${decimals(together!.estimate)} in all subjects, ` +
      `${decimals(inside!.estimate)} inside the groups)`,
  );
  return [`${BETWEEN}${listed(items)}. If both latents differ between the groups, this alone makes them correlated.`];
}

/** Returns one row for each cause, latent or block, and group. */
export function subgroupEffectsTable(input: InterpretationInput): ResultTable {
  const of = subgroupInput(input, 'subgroup-effects');
  const all = of ? compareEffects(of) : [];
  return resultTable({
    name: 'subgroup-effects',
    title: 'Effects of causes in the groups',
    keys: 4,
    columns: [
      text('cause', 'name of the cause'),
      text('level', 'level, and the reference it is compared with; empty for +1 sd of a number'),
      LATENT,
      GROUP,
      ...figureColumns('effect', 'effect on the latent, in standard deviations of the compared subjects'),
      { ...P, description: 'p of equal effects, with robust errors' },
      Q,
      RESULT,
      SUBJECTS,
      VERDICT,
    ],
    rows: all.flatMap((one) =>
      one.groups.map((group) => [
        one.cause,
        one.level === undefined ? '' : `${one.level} – ${one.reference}`,
        ...[one.unit.name, group.name, ...figureCells(group), one.p, one.q, resultText(one, group)],
        ...[group.subjects, one.unit.verdict ?? 'untested'],
      ]),
    ),
    notes: of
      ? [
          ...(all.length === 0
            ? ['The study has no causes, so nobody assigned anything. Effects in the groups are undecided.']
            : notesOf(input, of.subgroups, all)),
          'Only an assigned cause has an effect here. Effects of latents on each other are undecided in the groups; ' +
            'the table subgroup-links compares their correlations.',
        ]
      : [NO_SUBGROUPS],
  });
}

/** Returns the notes that a reader of each table needs. */
function notesOf(
  { study, dataset, ...input }: InterpretationInput,
  { column, levels, covariates }: Subgroups,
  tests: readonly Corrected<Comparison>[],
): string[] {
  const compared = levels.filter((_, g) => tests.some(({ groups }) => groups[g].isCompared));
  const small = levels.filter((name) => !compared.includes(name));
  const units = latentUnits(input);
  const count = tests.filter(({ p }) => !Number.isNaN(p)).length;
  return [
    ...(compared.length > 1 ? [`Groups of ${column}: ${listed(compared)}. Differences are from ${compared[0]}.`] : []),
    ...(small.length > 0
      ? [
          `Not compared: ${listed(small)}. A group needs ${MIN_SUBGROUP} subjects, and ${MIN_DEGREES} more than ` +
            'coefficients.',
        ]
      : []),
    ...(count > 0
      ? [
          `q is p corrected for the ${counted(count, 'test')} of this table (Holm). “Not shown” does not mean equal: ` +
            'the interval of the difference says what is possible.',
        ]
      : []),
    ONE_MODEL,
    ...(covariates.length > 0 ? [`Adjusted for ${listed(covariates.map((one) => one.column))}.`] : []),
    NOT_WHY,
    ...(units.some(isMixed) ? [BLOCKS] : []),
    ...verdictNotes(units).filter((note) => note !== BLOCK_NOTE),
    ...(dataset?.groups ? ['A group of rows counts once.'] : []),
    ...(study?.survey
      ? ['The study is a survey. These tests describe its subjects, not the population, and use no weights.']
      : []),
  ];
}

const BLOCKS =
  'A name with | is a block: its latents are identified only together. It has no figures, and one test: the smallest ' +
  'p of its latents, times their number.';

/** True for a unit of several latents that are identified only together. */
const isMixed = ({ name }: { readonly name: string }): boolean => name.includes('|');

/** Returns a note if the fit has removed what the groups are. */
function removedNotes({ study }: InterpretationInput, { column }: Subgroups): string[] {
  const { adjust, batch } = study?.config ?? {};
  const isRemoved = adjust?.columns.includes(column) === true || batch?.column === column;
  return isRemoved ? [`The study removes the effect of ${column} before the fit, so means hardly differ.`] : [];
}
