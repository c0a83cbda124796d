// The page of a comparison: one table of all methods, their explained variance with intervals, and what the figures
// mean.

import type { ForestRow } from '../report/charts/forest-chart.js';
import { markup } from '../report/html/markup.js';
import { page } from '../report/html/page.js';
import { chartFigure, notice, table, type Section } from '../report/html/section.js';
import { count, counted, decimals, number, pText, signed } from '../text/numbers.js';
import { RELATED } from './relations.js';
import type { ComparedMethod, Comparison } from './schema.js';

type Share = ComparedMethod['within'];

/** Half-width of a 95 % interval in standard errors. */
const Z = 1.96;
const NONE = '–';

export function comparisonPage(comparison: Comparison): Promise<string> {
  const { study, methods, subjects, seeds, shuffles } = comparison;
  const fits = `${counted(seeds.length, 'seed')} each, ${counted(shuffles, 'fit')} each to shuffled subjects`;
  return page({
    title: `${study} · ${counted(methods.length, 'method')} · interlatent`,
    masthead: markup`<header class="masthead" id="top">
<p class="kicker">${counted(methods.length, 'method')} on the same subjects</p><h1>${study}</h1>
<p class="lead">Every method was fitted on the same ${counted(subjects.train, 'training subject')} and scored on the
same ${counted(subjects.test, 'held-out subject')}: ${fits}.</p></header>`,
    sections: [
      summarySection(comparison),
      sharesSection(comparison, 'within', 'Columns of the modality'),
      ...(methods.some(({ across }) => across)
        ? [sharesSection(comparison, 'across', 'Columns of other modalities')]
        : []),
      modalitiesSection(comparison),
      pairsSection(comparison),
    ],
  });
}

function summarySection({ methods, warnings }: Comparison): Section {
  const hasTruth = methods.some(({ truth }) => truth);
  const numeric = (title: string) => ({ title, numeric: true });
  return {
    id: 'summary',
    title: 'All methods',
    body: [
      warnings.map((warning) => notice(markup`<p>${warning}</p>`, 'warning')),
      table({
        caption: 'Scores on held-out subjects',
        columns: [
          { title: 'Method' },
          ...['R² within', 'R² across', 'Related pairs', 'Shuffled pairs', 'Stability'].map(numeric),
          ...(hasTruth ? ['MCC', 'MCC above chance', 'R² of true latents', 'SHD', 'SHD by chance'].map(numeric) : []),
          ...['Seconds', 'Memory (MiB)'].map(numeric),
        ],
        rows: methods.map((method) => [
          method.name,
          shareText(method.within),
          shareText(method.across),
          relatedText(method),
          method.shuffled && method.shuffled.pairs > 0
            ? `${method.shuffled.related} of ${method.shuffled.pairs}`
            : NONE,
          method.stability === null ? NONE : decimals(method.stability, 3),
          ...(hasTruth ? truthCells(method) : []),
          number(method.seconds),
          method.memory === null ? NONE : count(method.memory / 2 ** 20),
        ]),
      }),
      table({
        caption: 'Methods',
        columns: [{ title: 'Method' }, { title: 'Description' }],
        rows: methods.map(({ name, title }) => [name, title]),
      }),
      markup`<p class="muted">R²: share of the variance that a linear read-out of a modality’s latents explains, ±
standard error. Training subjects fit the read-out, validation subjects shrink it. Within: columns of the modality.
Across: columns of all other modalities. Related pairs: pairs of modalities whose latents are associated (Holm,
5 %). Shuffled pairs: the same with p < 0.05 after the modalities were shuffled and everything was fitted again;
about 5 % are expected. Stability: mean |correlation| of matched latents between seeds; a method without random
choices has 1. Memory is the peak of the process: that of interlatent for built-in methods, and that of a separate
program otherwise.</p>`,
    ],
  };
}

function sharesSection({ methods }: Comparison, kind: 'within' | 'across', title: string): Section {
  const known = methods.filter((method) => (method[kind]?.error ?? null) !== null);
  const rows = known.map((method): ForestRow => {
    const { r2, error } = method[kind]!;
    const [lower, upper] = [r2 - Z * error!, r2 + Z * error!];
    return {
      title: method.name,
      modalities: [],
      interval: { estimate: r2, lower, upper },
      supported: lower > 0,
      words: lower > 0 ? 'above 0' : 'not above 0',
    };
  });
  const end = Math.min(1, Math.ceil(20 * Math.max(0.05, ...rows.map(({ interval }) => interval.upper))) / 20);
  const [first] = methods;
  const differences = methods.filter(({ difference }) => difference?.[kind]);
  return {
    id: kind,
    title,
    body: [
      rows.length === 0
        ? notice(markup`<p>Too few held-out subjects for an interval.</p>`)
        : chartFigure(
            ['forest', { title, axis: 'R², mean over modalities', description: 'R² by method.', ends: [0, end], rows }],
            { name: kind, caption: markup`Bars are intervals of 95 % over held-out subjects.` },
          ),
      differences.length > 0 &&
        table({
          caption: `Difference from ${first.name}, in the same subjects`,
          quiet: false,
          columns: [{ title: 'Method' }, { title: 'Difference of R²', numeric: true }],
          rows: differences.map(({ name, difference }) => [name, differenceText(difference![kind])]),
        }),
    ].filter((part): part is Exclude<typeof part, false> => part !== false),
  };
}

function modalitiesSection({ methods }: Comparison): Section {
  const names = methods[0].modalities.map(({ name }) => name);
  const shares = (caption: string, kind: 'within' | 'across') =>
    table({
      caption,
      quiet: false,
      columns: [{ title: 'Modality' }, ...methods.map(({ name }) => ({ title: name, numeric: true }))],
      rows: names.map((name, m) => [name, ...methods.map(({ modalities }) => shareText(modalities[m][kind]))]),
    });
  const latents = table({
    caption: 'Number of latents',
    quiet: false,
    columns: [{ title: 'Modality' }, ...methods.map(({ name }) => ({ title: name, numeric: true }))],
    rows: names.map((name) => [name, ...methods.map((method) => method.latents[name])]),
  });
  return {
    id: 'modalities',
    title: 'Modalities',
    body: [
      shares('R² of the columns of the modality', 'within'),
      ...(names.length > 1 ? [shares('R² of the columns of other modalities', 'across')] : []),
      latents,
    ],
  };
}

function pairsSection({ methods }: Comparison): Section {
  const nameOf = ({ first, second }: { readonly first: string; readonly second: string }) => `${first} – ${second}`;
  const names = [...new Set(methods.flatMap(({ pairs }) => pairs.map(nameOf)))];
  const cell = ({ pairs }: ComparedMethod, name: string): string => {
    const pair = pairs.find((one) => nameOf(one) === name);
    return pair ? `${decimals(pair.correlation)} (${pText(pair.corrected)})` : NONE;
  };
  return {
    id: 'pairs',
    title: 'Pairs of modalities',
    body:
      names.length === 0
        ? notice(markup`<p>Too few held-out subjects have two modalities.</p>`)
        : [
            table({
              caption: 'Association of the latents in held-out subjects, for the first seed',
              columns: [{ title: 'Modalities' }, ...methods.map(({ name }) => ({ title: name, numeric: true }))],
              rows: names.map((name) => [name, ...methods.map((method) => cell(method, name))]),
            }),
            markup`<p class="muted">Largest canonical correlation, and p of Bartlett’s test on normal scores, corrected
            for the number of pairs (Holm).</p>`,
          ],
  };
}

function truthCells({ truth }: ComparedMethod): string[] {
  if (!truth) return [NONE, NONE, NONE, NONE, NONE];
  const { mcc, corrected, r2, shd, shdChance } = truth;
  return [
    decimals(mcc, 3),
    corrected === null ? NONE : decimals(corrected, 3),
    decimals(r2, 3),
    shd === null ? NONE : number(shd),
    shdChance === null ? NONE : decimals(shdChance, 1),
  ];
}

export function shareText(share: Share): string {
  if (!share) return NONE;
  return decimals(share.r2, 3) + (share.error === null ? '' : ` ± ${decimals(share.error, 3)}`);
}

export function relatedText({ pairs }: Pick<ComparedMethod, 'pairs'>): string {
  if (pairs.length === 0) return NONE;
  return `${pairs.filter(({ corrected }) => corrected < RELATED).length} of ${pairs.length}`;
}

function differenceText(share: Share): string {
  if (!share) return NONE;
  const value = signed(share.r2, (one) => decimals(one, 3));
  return share.error === null ? value : `${value} ± ${decimals(share.error, 3)}`;
}
