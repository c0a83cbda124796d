// The effects of latents on images and series, as decoded images and curves.

import type { Augmentation } from '../../data/augmentation.js';
import { ARRAY_KINDS, ARRAY_PLURALS, shapeText, type ArrayKind } from '../../data/regular-array.js';
import type { ArrayFacts } from '../facts/regular-arrays.js';
import type { SubjectFacts } from '../facts/index.js';
import { count, counted, listed } from '../../text/numbers.js';
import { percentText } from '../../quality/index.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { imageLooks } from './image-looks.js';
import { notice, withoutData, type Section } from './section.js';
import { seriesLooks } from './series-looks.js';

/** Minimum number of groups. Means over fewer people could show single people. */
const MIN_GROUPS = 10;

/** Returns undefined for a study of tables alone. */
export function looksSection({ summary }: ReportInput, facts: SubjectFacts | undefined): Section | undefined {
  if (!summary.columns.some(({ regularArray }) => regularArray)) return undefined;
  const section = { id: 'looks', title: 'Latents as images and curves' };
  if (facts === undefined) return { ...section, body: withoutData(`The effects of latents on ${ARRAY_PLURALS}`) };
  const { examination, showSubjects = false } = facts.subjects;
  const each = facts.regularArrays.map((modality) => ({
    modality,
    body: modality.groups < MIN_GROUPS && !showSubjects ? tooFew(modality) : looksOf(modality, examination.steps),
  }));
  return {
    ...section,
    body: [
      markup`<p>One latent moves from −2 to +2 sd, while the other latents and the private noises of every subject
      remain unchanged. The drawings show the decoder output, averaged over up to 256 subjects, so differences between
      subjects are blurred. “Acts here” is the size of the decoder’s Jacobian, |∂x/∂z|, by central differences in each
      of these subjects and then averaged. It also shows changes that have different directions in different subjects.
      Both are in standard deviations of the channel.</p>`,
      each.map(
        ({ modality, body }) => markup`<div class="looks" id="looks-${modality.modality}">
${heading(modality)}${rebuiltText(modality)}${declared(modality)}${body}</div>`,
      ),
      showSubjects ? undefined : withoutSubjects,
    ],
  };
}

function tooFew({ groups, modality }: ArrayFacts): Markup {
  const who = counted(groups, 'subject or group has', 'subjects or groups have');
  const text = markup`<p>Only ${who} ${modality}. Means over fewer than ${MIN_GROUPS} people could show single people,
  so they are left out without <code>--subjects</code>.</p>`;
  return notice(text);
}

/** Drawings of each kind of regular array. */
const LOOKS: {
  readonly [Kind in ArrayKind]: (facts: ArrayFacts<Kind>, steps: readonly number[]) => readonly Markup[];
} = {
  image: imageLooks,
  series: seriesLooks,
};

function looksOf<Kind extends ArrayKind>(facts: ArrayFacts<Kind>, steps: readonly number[]): readonly Markup[] {
  return LOOKS[facts.regularArray.kind](facts, steps);
}

const withoutSubjects = markup`<p class="muted">Single subjects are not shown, because their images and recordings are
personal data. <code>interlatent report RUN --subjects</code> adds some held-out subjects with their
reconstructions.</p>`;

function heading({ modality, m, regularArray, channels }: ArrayFacts): Markup {
  const shape = shapeText(regularArray, count);
  const names = listed(channels.map(({ label }) => label));
  return markup`<h3><span class="dot m${m % 8}"></span>${modality} <span class="aside">${shape}, ${names}</span></h3>`;
}

function rebuiltText({ regularArray, rebuilt }: ArrayFacts): Markup {
  const { kind } = regularArray;
  const what = ARRAY_KINDS[kind].words.values;
  const who = rebuilt.split === 'test' ? 'held-out subjects' : 'validation subjects';
  return markup`<p>The decoder explains <strong>${percentText(rebuilt.byAll)}</strong> of the variance of ${what} about
the mean ${kind} in ${count(rebuilt.subjects)} ${who} from latents and private noise, and
<strong>${percentText(rebuilt.byLatentsAlone)}</strong> from latents alone.</p>`;
}

/** Lists prior knowledge in the study, which readers must not take for a result. */
function declared({ regularArray, augment, latents }: ArrayFacts): Markup[] {
  const names = latents.filter(({ shiftInvariant }) => shiftInvariant).map(({ name }) => name);
  const { kind } = regularArray;
  const were = names.length === 1 ? 'was' : 'were';
  const invariant = markup`<p>${listed(names)} ${were} declared invariant to shifts of the ${kind}
    (<code>shiftInvariant</code>). This is prior knowledge in the study, not a result of the fit.</p>`;
  const changed = markup`<p>In training, each ${kind} was ${listed(changes(kind, augment))} at random
    (<code>augment</code>): the study declares that its latents do not depend on these changes.</p>`;
  return [...(names.length > 0 ? [notice(invariant)] : []), ...(augment ? [notice(changed)] : [])];
}

function changes(kind: ArrayKind, { flip, shift, brightness, contrast }: Augmentation = {}): string[] {
  return [
    ...(shift ? [`moved by up to ${counted(shift, ARRAY_KINDS[kind].words.position)}`] : []),
    ...(flip ? ['mirrored'] : []),
    ...(brightness ? [`raised or lowered by up to ${String(brightness)} sd`] : []),
    ...(contrast ? [`multiplied by ${String(1 - contrast)} to ${String(1 + contrast)}`] : []),
  ];
}
