// Associations of latents with columns of other modalities in held-out subjects, or the reason why none are shown.

import { correlationText, type Conclusions } from '../../conclusions/index.js';
import { count, counted, decimals, percent, pText } from '../../text/numbers.js';
import {
  ASSOCIATION_ALPHA,
  type Association,
  type Associations,
  type JointAssociation,
} from '../facts/associations.js';
import { labelOf } from '../facts/entries.js';
import { reportConclusions } from '../facts/evidence.js';
import type { SubjectFacts } from '../facts/index.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details, table } from './section.js';

/** Maximum number of rows of the table. Readers do not need more. */
const MAX_ROWS = 300;
/** Maximum number of associations with each latent. */
const MAX_PER_LATENT = 3;

/** Returns the associations of a latent with other modalities, or undefined if there are none. */
export function associatedColumns(facts: SubjectFacts, latent: string): Markup | undefined {
  const ofLatent = facts.associations?.single.filter((one) => one.latent === latent).slice(0, MAX_PER_LATENT) ?? [];
  if (ofLatent.length === 0) return undefined;
  return markup`<h4>In other modalities, held-out subjects</h4><ul class="plain">${ofLatent.map(
    ({ modality, column, rho }) => markup`<li>${labelOf(facts.subjects, modality, column)}
<span class="muted">${modality}</span><span class="value">${decimals(rho.estimate)}
(${decimals(rho.lower)} to ${decimals(rho.upper)})</span></li>`,
  )}</ul>`;
}

/** Returns the table of all associations, or the reason why none is shown. */
export function associationsPart(input: ReportInput, facts: SubjectFacts): Markup {
  const { associations } = facts;
  return markup`<h3 id="associations">Which columns of other modalities are latents associated with?</h3>
${associations ? listOf(facts, associations) : markup`<p>Not shown. ${whyNone(reportConclusions(input))}</p>`}`;
}

function listOf(facts: SubjectFacts, { single, joint, tested, units }: Associations): Markup {
  const method = markup`<p class="muted">${counted(tested, 'test')} of one latent, or of all latents of a modality, with
a column. The tests use out-of-fold latents of ${count(units)} subjects (or groups). p is corrected for all tests
(Holm). The intervals allow for similar errors of the two models.</p>`;
  if (single.length === 0 && joint.length === 0) {
    return markup`<p>No association was found between a latent and a column of another modality.</p>${method}`;
  }
  const all = [
    ...single.map((one) => ({ corrected: one.corrected, row: rowOf(facts, one) })),
    ...joint.map((one) => ({ corrected: one.corrected, row: jointRow(facts, one) })),
  ].sort((a, b) => a.corrected - b.corrected);
  const shown = all.slice(0, MAX_ROWS);
  const omitted = all.length - shown.length;
  return markup`<p>${counted(all.length, 'association')} with corrected p ≤ ${percent(ASSOCIATION_ALPHA)}.</p>
${details('All associations of latents with columns of other modalities', [
  table({
    caption: 'Associations in held-out subjects',
    columns: [
      { title: 'Latent' },
      { title: 'Column' },
      { title: 'Modality' },
      { title: 'Spearman’s ρ (95 % interval), or multiple correlation', numeric: true },
      { title: 'p, corrected', numeric: true },
    ],
    rows: shown.map(({ row }) => row),
  }),
  omitted > 0 ? markup`<p class="muted">${count(omitted)} more, with larger p, are left out.</p>` : undefined,
])}${method}`;
}

function rowOf(facts: SubjectFacts, { latent, modality, column, rho, corrected }: Association) {
  return [latent, labelOf(facts.subjects, modality, column), modality, correlationText(rho), pText(corrected)];
}

function jointRow(facts: SubjectFacts, { latents, modality, column, multiple, corrected }: JointAssociation) {
  return [
    `all latents of ${latents}`,
    labelOf(facts.subjects, modality, column),
    modality,
    `multiple correlation ${decimals(multiple)}`,
    pText(corrected),
  ];
}

function whyNone({ status }: Conclusions): string {
  const rule =
    'Latents of a model that was trained on the same subjects are associated with other modalities by chance.';
  const why = {
    untested: 'The fit was not tested (--evidence none), so there are no out-of-fold latents.',
    'too-few': 'There are too few subjects to fit models to folds, so there are no out-of-fold latents.',
    'one-modality': 'The study has no other modality.',
    'copied-rows':
      'Rows are copies of other rows, or repetitions of the same people, so there are no out-of-fold latents.',
    tested:
      'There are no out-of-fold latents of these subjects. Those of the fit are in latents.csv of the RUN folder.',
  } as const;
  return `${rule} ${why[status]}`;
}
