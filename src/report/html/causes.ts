// What observed causes do to the latents, or what they are associated with: the effects that held-out subjects support,
// in a forest plot and a table, and all other results in a folded table. Verdicts and their words are the conclusions'.

import {
  blockText,
  causeCaveat,
  causeName,
  directEffectText,
  effectReasonText,
  isCauseFound,
  robustnessCell,
  untracedBlocks,
  type CauseConclusion,
  type CauseConclusions,
} from '../../conclusions/index.js';
import { count, decimals, listed, number, percent, pText, signed } from '../../text/numbers.js';
import type { Consequence, GridLevel } from '../../questions/index.js';
import { causeForest, MAX_FOREST_ROWS } from '../facts/cause-forest.js';
import { reportConclusions } from '../facts/evidence.js';
import { reachedLabel } from '../facts/interventions.js';
import type { SubjectFacts } from '../facts/index.js';
import type { ReportInput } from '../input.js';
import { describedMember } from './latent-words.js';
import { markup, type Markup, type Part } from './markup.js';
import { chartFigure, details, table, type Section } from './section.js';

/** Returns undefined if the study has no observed causes, or if they were not tested. */
export function causesSection(input: ReportInput, facts: SubjectFacts | undefined): Section | undefined {
  const { causes } = reportConclusions(input);
  if (causes === undefined) return undefined;
  const supported = causes.effects.filter(isCauseFound);
  const isRobust = supported.some(({ robustness }) => robustness !== undefined);
  const shown = supported.slice(0, MAX_FOREST_ROWS);
  const blocks = new Set(input.graph.nodes.flatMap(({ name, verdict }) => (verdict === 'block' ? [name] : [])));
  const isOfBlock = shown.some(({ latent }) => blocks.has(latent));
  const rest = causes.effects.filter((effect) => !shown.includes(effect));
  return {
    id: 'causes',
    title: titleOf(causes),
    body: [
      markup`<p>${meaningText(causes)}</p>`,
      supported.length === 0
        ? markup`<p><strong>No ${nounOf(causes)} single latents is supported.</strong></p>`
        : [
            ...chartOf(input, causes),
            effectTable(input, shown, facts),
            supported.length > MAX_FOREST_ROWS
              ? markup`<p class="after">${supported.length - MAX_FOREST_ROWS} more are in the table of the rest.</p>`
              : undefined,
            markup`<p class="muted">${METHOD}${isOfBlock ? OF_BLOCKS : ''}${isRobust ? ROBUSTNESS : ''}</p>`,
          ],
      blockList(causes),
      levelTables(input),
      rest.length === 0 ? undefined : details('Other levels and latents', effectTable(input, rest, facts)),
    ],
  };
}

/** Maximum number of decimals of a column's values. */
const MAX_PLACES = 6;

const METHOD =
  'Below a latent are the columns with which it rises (↑) or falls (↓). Difference: of the mean from the reference; ' +
  'for a number, the change per standard deviation of the number. Every subject has latents from models that had not ' +
  'seen it. q: p after the correction for all levels and latents (Holm).';

const OF_BLOCKS =
  ' A latent in a block is an arbitrary axis of it: size and sign are those of this fit, and the result holds for ' +
  'the block.';

const ROBUSTNESS =
  ' Robustness: share of the remaining variance of the cause and the latent that an unmeasured common cause must ' +
  'explain to explain the association away (in brackets: at the lower limit of the interval).';

function isAssigned({ effects }: CauseConclusions): boolean {
  return effects.some(({ meaning }) => meaning === 'effect');
}

function titleOf(causes: CauseConclusions): string {
  return isAssigned(causes) ? 'What the treatment does' : 'What the observed causes are associated with';
}

function nounOf(causes: CauseConclusions): string {
  return isAssigned(causes) ? 'effect on' : 'association with';
}

function meaningText(causes: CauseConclusions): string {
  const references = new Map(
    causes.effects.flatMap(({ cause, reference }) => (reference === undefined ? [] : [[cause, reference] as const])),
  );
  const compared = Array.from(references, ([cause, reference]) => `${cause} with ${reference}`);
  return [
    ...(compared.length === 0 ? [] : [`Levels are compared with their reference: ${listed(compared)}.`]),
    causeCaveat(causes),
  ].join(' ');
}

/** Returns the drawing of the effects with an interval. */
function chartOf({ summary }: ReportInput, causes: CauseConclusions): Markup[] {
  const figures = causeForest(summary, causes);
  if (figures === undefined) return [];
  return [
    chartFigure(['forest', figures], {
      name: 'observed causes',
      caption: 'Filled: supported by held-out subjects. The dot before a name has the colour of the modality.',
    }),
  ];
}

function effectTable(
  { graph }: ReportInput,
  effects: readonly CauseConclusion[],
  facts: SubjectFacts | undefined,
): Markup {
  const numeric = (title: string) => ({ title, numeric: true });
  return table({
    caption: 'Observed causes and latents',
    columns: [
      { title: 'Cause' },
      { title: 'Latent' },
      numeric('Held-out subjects'),
      ...['Difference, sd', '95 % interval', 'q'].map(numeric),
      { title: 'Verdict' },
    ],
    rows: effects.map((effect): Part[] => [
      causeName(effect).replace(' = ', '\u00a0=\u00a0'),
      describedMember(graph, effect.latent, facts),
      count(effect.units),
      effect.effect ? decimals(effect.effect.estimate) : '–',
      effect.effect ? `${decimals(effect.effect.lower)} to ${decimals(effect.effect.upper)}` : '–',
      pText(effect.q),
      verdictCell(effect),
    ]),
  });
}

function verdictCell(effect: CauseConclusion): Part {
  const { verdict, reason, meaning, spread, level } = effect;
  const per = level === undefined ? 'per sd' : 'that of the reference';
  const ofSpread = spread?.verdict === 'supported' ? ` Spread: ${decimals(spread.estimate)} times ${per}.` : '';
  if (verdict === 'supported') {
    const direct = directEffectText(effect);
    const robust = effect.robustness ? ` Robustness ${robustnessCell(effect.robustness)}.` : '';
    return markup`<strong>${meaning}</strong><span class="words">${direct}${ofSpread}${robust}</span>`;
  }
  const words = verdict === 'undecided' && reason ? effectReasonText(reason) : '0.3 sd ruled out';
  const name = verdict === 'undecided' ? 'undecided' : 'not supported';
  return markup`${name}<span class="words">${words}.${ofSpread}</span>`;
}

/** Returns what the fitted model answers about levels: the columns that change most, in their units. */
function levelTables(input: ReportInput): Part {
  const { interventions } = input;
  if (interventions === undefined || 'refused' in interventions) return undefined;
  const { levels = [], level: share, draws } = interventions;
  if (levels.length === 0) return undefined;
  return details('What the levels change in the columns, by the fitted model', [
    markup`<p>Each subject gets first the reference and then the level. The fitted model computes what follows, along
    the edges that held-out subjects support. ${unitsOf(levels)} In brackets: the middle ${percent(share)} of
    subjects. After ±: the simulation error, which is the possible difference from the result of draws other than these
    ${count(draws)}. The uncertainty of the fit is not included.</p>`,
    levelsOfRefusal(levels).map(([reason, names]) => markup`<p><strong>${listed(names)}.</strong> ${reason}</p>`),
    levels.filter(({ refused }) => refused === undefined).map((one) => levelTable(one, input)),
  ]);
}

/** Returns the units of the columns in words. */
function unitsOf(levels: readonly GridLevel[]): string {
  const units = new Map(
    levels.flatMap(({ reached }) =>
      reached.flatMap(({ kind, modality, unit }) => (kind === 'column' ? [[modality, unit]] : [])),
    ),
  );
  const named = (wanted: Consequence['unit'], words: string): string[] => {
    const modalities = [...units].filter(([, unit]) => unit === wanted).map(([modality]) => modality);
    return modalities.length === 0 ? [] : [`Columns of ${listed(modalities)} are ${words}.`];
  };
  return [
    ...named('table', 'in the units of the table'),
    ...named('cpm', 'log2 counts per million'),
    ...named('clr', 'log-ratios'),
  ].join(' ');
}

/** Returns the levels for which the model has no answer, by reason. */
function levelsOfRefusal(levels: readonly GridLevel[]): [string, string[]][] {
  const byReason = new Map<string, string[]>();
  for (const { cause, value, refused } of levels) {
    if (refused !== undefined) byReason.set(refused, [...(byReason.get(refused) ?? []), `${cause} = ${value}`]);
  }
  return [...byReason];
}

/** Returns the simulation error with two digits. That of a constant shift is rounding alone. */
function errorOf({ effect: { simulationError, mean } }: Consequence): number {
  return simulationError < 1e-9 * Math.abs(mean) ? 0 : Number(simulationError.toPrecision(2));
}

/** Returns the formatter of a column's values: with about three digits of the range of its values. */
function writerOf({ low, high }: Consequence['before']): (value: number) => string {
  const places = 2 - Math.floor(Math.log10(high - low));
  if (places <= 0) return (value) => number(Math.round(value));
  return places <= MAX_PLACES ? (value) => decimals(value, places) : (value) => number(value);
}

function levelTable(level: GridLevel, input: ReportInput): Markup {
  const { cause, value, against, reached, lacking: texts = [] } = level;
  const caption = `${cause} = ${value}, compared with ${against}`;
  const lacking = texts.length === 0 ? undefined : markup`${texts.map((text) => markup`<p>${text}</p>`)}`;
  const columns = reached.filter(({ kind }) => kind === 'column');
  if (columns.length === 0) {
    const nothing = `No ${reached.length === 0 ? 'latent' : 'column of a table'} changes along supported edges.`;
    return markup`<p><strong>${caption}.</strong> ${nothing}</p>${lacking}`;
  }
  const { modalities } = input.summary.model;
  const alone = { modality: modalities.length === 1 ? modalities[0].name : '' };
  const changes = table({
    caption,
    quiet: false,
    columns: [
      { title: 'Variable' },
      ...[String(against), String(value), 'Difference'].map((title) => ({ title, numeric: true })),
    ],
    rows: columns.map((one) => {
      const write = writerOf(one.before);
      const range = ({ mean, low, high }: Consequence['after']) => `${write(mean)} (${write(low)} to ${write(high)})`;
      const error = errorOf(one);
      return [
        reachedLabel(one, alone, input),
        range(one.before),
        range(one.after),
        `${signed(one.effect.mean, write)}${error === 0 ? '' : ` ± ${number(error)}`}`,
      ];
    }),
  });
  return lacking ? markup`${changes}${lacking}` : changes;
}

/** Returns the sentences about modalities of which no single latent is known to be affected. */
function blockList(causes: CauseConclusions): Markup | undefined {
  return sentences(
    untracedBlocks(causes)
      .filter(({ verdict }) => verdict === 'supported')
      .map(blockText),
  );
}

function sentences(texts: readonly string[]): Markup | undefined {
  return texts.length === 0
    ? undefined
    : markup`<ul class="sentences">${texts.map((text) => markup`<li>${text}</li>`)}</ul>`;
}
