// What follows if a latent is set for everybody: do(z), computed beforehand on a grid.

import type { GridLatent, InterventionGrid, Reached } from '../../questions/intervention-grid.js';
import { reversedOrder } from '../../conclusions/index.js';
import { effectsChart, interventionTexts, positionText } from '../charts/effects-chart.js';
import { consequenceRows, consequencesOf, reachedLabel } from '../facts/interventions.js';
import { count, listed, number, percent, signed } from '../../format.js';
import type { ReportInput } from '../input.js';
import { latentControls } from './latent-controls.js';
import { markup, type Markup } from './markup.js';
import { details, figure, notice, table, type Section } from './section.js';

/** Columns of the table, in steps of the grid. */
const ENDS = [-2, 2] as const;

export function interventionsSection(input: ReportInput): Section {
  const section = { id: 'interventions', title: 'What follows if' };
  const { interventions } = input;
  if (interventions === undefined) {
    return { ...section, body: notice(markup`<p>What follows from setting a latent needs the fitted model.</p>`) };
  }
  if ('refused' in interventions) {
    return { ...section, body: notice(markup`<p>This fit cannot be asked. ${interventions.refused}</p>`) };
  }
  const { latents, steps } = interventions;
  if (latents.length === 0) return { ...section, body: [whatItIs(input, latents), notSet(interventions)] };
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
        caption: markup`Dot: the mean of everybody; thin line: the middle ${percent(interventions.level)} of subjects;
        broad line and ring: the way of the mean from −2 to +2 sd, and its end. In brackets the difference from the mean
        while nothing is set.`,
      }),
      details('What follows from every latent, as tables', [
        markup`<p>In brackets the middle ${percent(interventions.level)} of subjects; behind an effect its simulation
        error: how far other draws than these ${count(interventions.draws)} might lie away.</p>`,
        latents.map((latent) => consequenceTable(latent, interventions, input)),
      ]),
    ],
  };
}

/** The question, what the answer rests on, and what it is not. */
function whatItIs(input: ReportInput, latents: readonly GridLatent[]): Markup {
  const assumed = [...new Set(latents.flatMap((one) => one.assumed.map(({ from, to }) => `${from} → ${to}`)))];
  const { links = [], unsupported = [] } = input.summary.evidence ?? {};
  const supported = links.some(({ verdict }) => verdict === 'supported');
  return markup`<p>Set one latent to the same value for everybody, whatever causes it: do(z) in the fitted model.
Effects follow links that held-out subjects support, causes before effects, with the noises that everybody has; all
else stays.
This holds if directions are right and nothing outside the study causes both ends of a link. Test an effect that matters
by an experiment.</p>
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
<p>The interval is of subjects, who differ; uncertainty of the fit is not in it.</p>`;
}

function notFollowed(edges: readonly string[]): Markup {
  const them = edges.length === 1 ? 'it' : 'them';
  return markup`<p>Not followed: ${listed(edges)}. The fit has ${them}, but held-out subjects do not support
${them}.</p>`;
}

const WITHOUT_LINKS =
  'No link between modalities is supported, so nothing follows from a latent but the columns of its modality.';
const REVERSED = {
  'as-well': 'The reversed order of modalities explains held-out subjects as well.',
  better: 'The reversed order of modalities explains held-out subjects better.',
  other: 'They are the order in the study file.',
} as const;

function reversedOf({ summary }: ReportInput): keyof typeof REVERSED {
  const reversed = reversedOrder(summary.evidence);
  return reversed === undefined || reversed === 'worse' ? 'other' : reversed;
}

/** Latents that are left out, and why. */
function notSet({ unset }: InterventionGrid): Markup | undefined {
  if (unset.length === 0) return undefined;
  return notice(
    markup`<p>These latents are not set here:</p><ul>${unset.map(
      ({ name, reason }) => markup`<li><strong>${name}</strong>: ${reason}</li>`,
    )}</ul>`,
  );
}

/** A latent together with those that are the same one. */
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
      { title: 'What follows' },
      ...['nothing set', '−2 sd', '+2 sd', 'effect of −2 sd', 'effect of +2 sd'].map((title) => ({
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
      : markup`<p class="muted">Beyond what training saw of ${latent.name}: ${listed(extrapolated)}.</p>`
  }`;
}
