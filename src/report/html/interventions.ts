// The effects of intervening on a latent, do(z). They were computed in advance for several values.

import type { GridLatent, InterventionGrid, Reached } from '../../questions/intervention-grid.js';
import { overClassText, reversedOrder } from '../../conclusions/index.js';
import { effectsChart, interventionTexts, positionText } from '../charts/effects-chart.js';
import { reportConclusions } from '../facts/evidence.js';
import { consequenceRows, consequencesOf, reachedLabel } from '../facts/interventions.js';
import { count, listed, number, percent, signed } from '../../text/numbers.js';
import type { ReportInput } from '../input.js';
import { latentControls } from './latent-controls.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

/** Positions with a column in the table, in sd. */
const ENDS = [-2, 2] as const;

export function interventionsSection(input: ReportInput): Section {
  const section = { id: 'interventions', title: 'Effects of intervening' };
  const { interventions } = input;
  if (interventions === undefined) {
    return { ...section, body: notice(markup`<p>Effects of intervening need the fitted model.</p>`) };
  }
  if ('refused' in interventions) {
    return { ...section, body: notice(markup`<p>This fit cannot answer. ${interventions.refused}</p>`) };
  }
  const { latents, steps } = interventions;
  if (latents.length === 0) return { ...section, body: [notSet(interventions), overClass(input)] };
  const consequences = latents.map((latent) => consequencesOf(latent, input));
  const at = steps.indexOf(1);
  return {
    ...section,
    data: { interventions: { latents: consequences, steps } },
    body: [
      whatItIs(input, latents),
      notSet(interventions),
      latentControls({ name: 'interventions', latents: latents.map(setName), steps, at, step: 1 }),
      figure({
        name: 'intervention',
        svg: effectsChart(consequenceRows(consequences[0]), {
          ...interventionTexts(consequences[0].name, positionText(1)),
          at,
          width: 760,
        }),
        drawing: 'interventions',
        caption: markup`Dot: the mean over all subjects. Thin line: the middle ${percent(interventions.level)} of
        subjects. Broad line and ring: the mean from −2 to +2 sd, and its end. In brackets: the difference from the mean
        without intervention.`,
      }),
      overClass(input),
      details('Effects of every latent, as tables', [
        markup`<p>In brackets: the middle ${percent(interventions.level)} of subjects. After ±: the simulation error,
        which is the possible difference from the result of draws other than these ${count(interventions.draws)}.</p>`,
        latents.map((latent) => consequenceTable(latent, interventions, input)),
      ]),
    ],
  };
}

/** Explains the question, the assumptions of the answer, and its limits. */
function whatItIs(input: ReportInput, latents: readonly GridLatent[]): Markup {
  const assumed = [...new Set(latents.flatMap((one) => one.assumed.map(({ from, to }) => `${from} → ${to}`)))];
  const { links = [], unsupported = [] } = input.summary.evidence ?? {};
  const supported = links.some(({ verdict }) => verdict === 'supported');
  return markup`<p>One latent is set to the same value for all subjects, regardless of its causes: do(z) in the fitted
model. Effects follow links that held-out subjects support, from causes to effects. The noises of every subject, and
everything that is not downstream, remain unchanged. The effects are right only if the directions are right and no cause
outside the study affects both ends of a link. Test an important effect by an experiment.</p>
${supported ? undefined : markup`<p><strong>${WITHOUT_LINKS}</strong></p>`}
${unsupported.length === 0 ? undefined : notFollowed(unsupported.map(({ from, to }) => `${from} – ${to}`))}
${
  assumed.length === 0
    ? undefined
    : notice(
        markup`<p><strong>Assumed directions:</strong> ${listed(assumed)}. ${REVERSED[reversedOf(input)]}</p>`,
        'warning',
      )
}
<p>The interval shows the differences between subjects. It does not include the uncertainty of the fit.</p>`;
}

function notFollowed(edges: readonly string[]): Markup {
  const what = edges.length === 1 ? 'this link' : 'these links';
  return markup`<p>Not followed: ${listed(edges)}. The fit contains ${what}, but held-out subjects do not support
${edges.length === 1 ? 'it' : 'them'}.</p>`;
}

const WITHOUT_LINKS = 'No link between modalities is supported, so a latent affects only columns of its modality.';
const REVERSED = {
  'as-well': 'The reversed order of modalities explains held-out subjects equally well.',
  better: 'The reversed order of modalities explains held-out subjects better.',
  other: 'They follow the order in the study file.',
} as const;

function reversedOf({ summary }: ReportInput): keyof typeof REVERSED {
  const reversed = reversedOrder(summary.evidence);
  return reversed === undefined || reversed === 'worse' ? 'other' : reversed;
}

/** Returns the effects in held-out subjects, over all equally good graphs; undefined without any. */
function overClass(input: ReportInput): Markup | undefined {
  const effects = (reportConclusions(input).effects ?? []).filter(({ reason }) => reason !== 'mixture');
  if (effects.length === 0) return undefined;
  const order = ['identified', 'imprecise', 'not-identified'];
  const sorted = [...effects].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  return details('Effects over all equally good graphs, in held-out subjects', [
    markup`<p>The first latent is raised from its mean by 1 sd. The effect is in sd of the second one, with the interval
    of all graphs that explain the data equally well. It is not identified if some of them have no path between the two,
    or another sign. Latents that are mixtures have no such effects.</p>`,
    table({
      caption: 'Effects of +1 sd',
      quiet: false,
      columns: [{ title: 'Raised' }, { title: 'Follows' }, { title: 'Effect' }],
      rows: sorted.map((one) => [one.from, one.to, overClassText(one)]),
    }),
  ]);
}

/** Lists latents that are not set, with the reasons. */
function notSet({ unset }: InterventionGrid): Markup | undefined {
  if (unset.length === 0) return undefined;
  return notice(
    markup`<p>These latents are not set here:</p><ul>${unset.map(
      ({ name, reason }) => markup`<li><strong>${name}</strong>: ${reason}</li>`,
    )}</ul>`,
  );
}

/** Returns the name of a latent with the names of its copies in other modalities. */
function setName({ name, copies }: GridLatent): string {
  return [name, ...copies].join(' = ');
}

function consequenceTable(latent: GridLatent, { steps }: InterventionGrid, input: ReportInput): Markup {
  const ends = ENDS.map((sd) => steps.indexOf(sd));
  const range = ({ mean, low, high }: Reached['before']) => `${number(mean)} (${number(low)} to ${number(high)})`;
  const effect = ({ mean, simulationError }: Reached['effect'][number]) =>
    `${signed(mean)} ± ${number(Number(simulationError.toPrecision(2)))}`;
  const extrapolated = steps.filter((_, step) => latent.beyond[step]).map(positionText);
  return markup`${table({
    caption: setName(latent),
    quiet: false,
    columns: [
      { title: 'Variable' },
      ...['no intervention', '−2 sd', '+2 sd', 'effect of −2 sd', 'effect of +2 sd'].map((title) => ({
        title,
        numeric: true,
      })),
    ],
    rows: latent.reached.map((one) => [
      reachedLabel(one, latent, input),
      range(one.before),
      ...ends.map((step) => range(one.after[step])),
      ...ends.map((step) => effect(one.effect[step])),
    ]),
  })}${
    extrapolated.length === 0
      ? undefined
      : markup`<p class="muted">Beyond the training data of ${latent.name}: ${listed(extrapolated)}.</p>`
  }`;
}
