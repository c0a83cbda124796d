// What latents look like where a modality is images or series: decoded images and curves, not columns.

import type { Augmentation } from '../../data/augmentation.js';
import type { ArrayFacts } from '../facts/regular-arrays.js';
import type { SubjectFacts } from '../facts/index.js';
import { count, counted, listed } from '../../format.js';
import { percentText } from '../../quality/index.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { imageLooks, type ImageFacts } from './image-looks.js';
import { notice, withoutData, type Section } from './section.js';
import { seriesLooks, type SeriesLooks } from './series-looks.js';

/** Means over fewer are images of people, more or less. */
const FEWEST = 10;

/** Undefined of a study of tables alone. */
export function looksSection({ summary }: ReportInput, facts: SubjectFacts | undefined): Section | undefined {
  if (!summary.columns.some(({ regularArray }) => regularArray)) return undefined;
  const section = { id: 'looks', title: 'What each latent looks like' };
  if (facts === undefined) return { ...section, body: withoutData('What latents do to images and series') };
  const { examination, showSubjects = false } = facts.subjects;
  const each = facts.regularArrays.map((modality) => ({
    modality,
    ...(modality.groups < FEWEST && !showSubjects ? tooFew(modality) : looksOf(modality, examination.steps)),
  }));
  return {
    ...section,
    data: { series: each.flatMap(({ drawings }) => drawings) },
    body: [
      markup`<p>One latent moves from −2 to +2 sd, the others and the private noises of every subject stay where they
      are. What is drawn is the decoder’s answer, averaged over up to 256 subjects: means, so what differs from subject
      to subject is blurred in them. Where a latent acts is the size of the decoder’s Jacobian, |∂x/∂z|, by central
      differences at each of these subjects and then averaged: it shows also what changes one way in some subjects and
      the other way in others. Both are in standard deviations of the channel.</p>`,
      each.map(
        ({ modality, body }) => markup`<div class="looks" id="looks-${modality.modality}">
${heading(modality)}${rebuiltText(modality)}${declared(modality)}${body}</div>`,
      ),
      showSubjects ? undefined : withoutSubjects,
    ],
  };
}

function tooFew({ groups, modality }: ArrayFacts): SeriesLooks {
  const who = counted(groups, 'subject or group has', 'subjects or groups have');
  const text = markup`<p>Only ${who} ${modality}: means over fewer than ${FEWEST} people would show them, so they are
  left out without <code>--subjects</code>.</p>`;
  return { drawings: [], body: [notice(text)] };
}

function looksOf(facts: ArrayFacts, steps: readonly number[]): SeriesLooks {
  return isImages(facts) ? { body: imageLooks(facts, steps), drawings: [] } : seriesLooks(facts, steps);
}

function isImages(facts: ArrayFacts): facts is ImageFacts {
  return facts.regularArray.kind === 'image';
}

const withoutSubjects = markup`<p class="muted">Single subjects are not shown: their images and recordings are
personal data. <code>interlatent report RUN --subjects</code> adds some held-out ones, each beside what the model
rebuilds.</p>`;

function heading({ modality, m, regularArray, channels }: ArrayFacts): Markup {
  const size =
    regularArray.kind === 'image'
      ? `images of ${regularArray.height} × ${regularArray.width} pixels`
      : `series of ${count(regularArray.steps)} steps of ${regularArray.seconds} s`;
  const names = listed(channels.map(({ label }) => label));
  return markup`<h3><span class="dot m${m % 8}"></span>${modality} <span class="aside">${size}, ${names}</span></h3>`;
}

function rebuiltText({ regularArray, rebuilt }: ArrayFacts): Markup {
  const [mean, what] = regularArray.kind === 'image' ? ['mean image', 'pixels'] : ['mean series', 'samples'];
  const who = rebuilt.split === 'test' ? 'held-out subjects' : 'validation subjects';
  return markup`<p>Of how ${count(rebuilt.subjects)} ${who} differ from the ${mean}, the decoder rebuilds
<strong>${percentText(rebuilt.byAll)}</strong> of the variance of ${what} from latents and private noises, and
<strong>${percentText(rebuilt.byLatentsAlone)}</strong> from the latents alone.</p>`;
}

/** Prior knowledge of the study: what a reader may not take for a finding. */
function declared({ regularArray, augment, latents }: ArrayFacts): Markup[] {
  const names = latents.filter(({ shiftInvariant }) => shiftInvariant).map(({ name }) => name);
  const [were, where] = [names.length === 1 ? 'was' : 'were', regularArray.kind === 'image' ? 'image' : 'series'];
  const invariant = markup`<p>${listed(names)} ${were} declared not to change when the ${where} is shifted
    (<code>shiftInvariant</code>): prior knowledge of the study, not found by the fit.</p>`;
  const changed = markup`<p>In training each ${where} was ${listed(changes(regularArray, augment))} at random
    (<code>augment</code>): the study declares that its latents say nothing of that.</p>`;
  return [...(names.length > 0 ? [notice(invariant)] : []), ...(augment ? [notice(changed)] : [])];
}

function changes({ kind }: ArrayFacts['regularArray'], { flip, shift, brightness, contrast }: Augmentation = {}): string[] {
  return [
    ...(shift ? [`moved by up to ${counted(shift, kind === 'image' ? 'pixel' : 'step')}`] : []),
    ...(flip ? ['mirrored'] : []),
    ...(brightness ? [`raised or lowered by up to ${String(brightness)} sd`] : []),
    ...(contrast ? [`multiplied by ${String(1 - contrast)} to ${String(1 + contrast)}`] : []),
  ];
}
