// What follows if a latent is set for everybody: do(z), computed beforehand on a grid.

import type { GridLatent, InterventionGrid, Reached } from '../../questions/intervention-grid.js';
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
  if (latents.length === 0) return { ...section, body: [whatItIs(input), unset(interventions)] };
  const consequences = latents.map((latent) => consequencesOf(latent, input));
  const at = steps.indexOf(1);
  return {
    ...section,
    data: { interventions: { latents: consequences, steps } },
    body: [
      whatItIs(input),
      unset(interventions),
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
        markup`<p>In brackets the middle ${percent(interventions.level)} of subjects; behind an effect, how far other
        draws than these ${count(interventions.draws)} might lie away.</p>`,
        latents.map((latent) => consequenceTable(latent, interventions, input)),
      ]),
    ],
  };
}

/** The question, what the answer rests on, and what it is not. */
function whatItIs({ graph, summary }: ReportInput): Markup {
  const { tested = false, unsupported = [] } = summary.evidence ?? {};
  return markup`<p>Set one latent to the same value for everybody, whatever causes it: do(z) in the fitted model. What
it causes follows along the arrows of <a href="#graph">the graph</a>, causes before effects, with the noises that
everybody has; all else stays. This holds if the arrows point the right way and nothing outside the study causes both
ends of one. An effect that matters is to be tested by an experiment.</p>
${graph.edges.length === 0 ? markup`<p><strong>${WITHOUT_ARROWS}</strong></p>` : undefined}
${
  unsupported.length === 0
    ? undefined
    : notTaken(
        unsupported.map(({ from, to }) => `${from} → ${to}`),
        tested,
      )
}
${tested ? undefined : notice(markup`<p>${NOT_TESTED}</p>`, 'warning')}
<p>The interval is of subjects, who differ; it does not say how sure the fit is of its arrows.</p>`;
}

const WITHOUT_ARROWS = 'The graph has no arrow, so nothing follows from a latent but the columns of its own modality.';
const NOT_TESTED =
  'Nothing is known of the arrows but that the fit found them: none was tested on subjects that no model saw.';

function notTaken(edges: readonly string[], tested: boolean): Markup {
  const them = edges.length === 1 ? 'it' : 'them';
  const why = tested ? `held-out subjects do not support ${them}` : `there are too few subjects to test ${them}`;
  return markup`<p>Not taken: ${listed(edges)}. The fit has ${them}, but ${why}. <code>interlatent intervene</code> goes
along, with a warning.</p>`;
}

/** Latents that are left out, and effects on such. */
function unset({ undetermined }: InterventionGrid): Markup | undefined {
  if (undetermined.length === 0) return undefined;
  const [are, their] = undetermined.length === 1 ? ['is', 'its'] : ['are', 'their'];
  return notice(
    markup`<p>${listed(undetermined)} ${are} not set here: an equally good restart of the fit has a mixture of latents
    in ${their} place, so setting one alone means nothing certain. Effects on such a latent are told all the same.</p>`,
  );
}

/** A latent together with those that are the same one. */
function setName({ name, copies }: GridLatent): string {
  return [name, ...copies].join(' = ');
}

function consequenceTable(latent: GridLatent, { steps }: InterventionGrid, input: ReportInput): Markup {
  const ends = ENDS.map((sd) => steps.indexOf(sd));
  const range = ({ mean, low, high }: Reached['before']) => `${number(mean)} (${number(low)} to ${number(high)})`;
  const effect = ({ mean, high }: Reached['effect'][number]) =>
    `${signed(mean)} ± ${number(Number((high - mean).toPrecision(2)))}`;
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
