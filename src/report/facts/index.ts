// All facts about subjects in a report. They are computed once; sections only present them.

import { presenceOf } from '../../data/presence.js';
import type { Samples } from '../../metrics/index.js';
import type { ReportInput, ReportSubjects } from '../input.js';
import { associations, type Associations } from './associations.js';
import { correlations, type Correlations } from './correlations.js';
import { effects, type LatentEffects } from './effects.js';
import { entriesOf, labelOf, latentPositions } from './entries.js';
import { arrayFacts, type ArrayFacts } from './regular-arrays.js';
import { independence, heldOutRows, type Independence } from './independence.js';
import { alignedLatents } from '../../interpretation/aligned-latents.js';
import { reconstruction, type Reconstruction } from './reconstruction.js';
import { usage, type Usage } from './usage.js';

export interface SubjectFacts {
  readonly subjects: ReportSubjects;
  /** All entries of (z, η). */
  readonly usage: readonly Usage[];
  readonly correlations: Correlations;
  /** Effects of the latents z, in the graph's order. */
  readonly effects: readonly LatentEffects[];
  /** Associations of out-of-fold latents. Undefined without such latents. */
  readonly associations: Associations | undefined;
  /** Independence of noises in held-out subjects. Undefined if they are too few. */
  readonly independence: Independence | undefined;
  readonly reconstruction: Reconstruction;
  /** Facts about each modality of images or series. */
  readonly regularArrays: readonly ArrayFacts[];
}

export function subjectFacts({ summary, graph, subjects }: ReportInput): SubjectFacts | undefined {
  if (subjects === undefined) return undefined;
  const { dataset, examination } = subjects;
  const entries = entriesOf(summary);
  const latents = latentsOf(examination, latentPositions(entries));
  const present = dataset.modalities.map(presenceOf);
  const outOfFold = subjects.outOfFold && alignedLatents(dataset.ids, graph.nodes, subjects.outOfFold);
  const heldOut = heldOutRows(dataset, summary);
  return {
    subjects,
    usage: usage(entries, examination, present),
    correlations: correlations(dataset, latents),
    effects: effects(entries, subjects).filter((_, i) => entries[i].latent),
    associations: outOfFold && associations(dataset, graph.nodes, outOfFold),
    independence: heldOut && independence(entries, examination, { present, rows: heldOut }),
    reconstruction: reconstruction(dataset, examination.reconstruction),
    regularArrays: arrayFacts({ summary, subjects }),
  };
}

/** Returns the posterior means of latents: subjects × latents. */
export function latentsOf({ mean, width, rows }: ReportSubjects['examination'], positions: readonly number[]): Samples {
  const columns = positions.length;
  const values = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    positions.forEach((entry, i) => (values[row * columns + i] = mean[row * width + entry]));
  }
  return { values, rows, columns };
}

/** A column and its correlation with one latent. */
export interface Companion {
  readonly modality: string;
  readonly label: string;
  readonly rho: number;
}

/** Returns the columns of the same modality that correlate most with latent `i` of the graph. */
export function companions(
  { subjects, correlations: { columns } }: SubjectFacts,
  i: number,
  count: number,
): Companion[] {
  return columns
    .filter(({ rho }) => !Number.isNaN(rho[i]))
    .sort((a, b) => Math.abs(b.rho[i]) - Math.abs(a.rho[i]))
    .slice(0, count)
    .map(({ modality, column, rho }) => ({ modality, label: labelOf(subjects, modality, column), rho: rho[i] }));
}

/** Describes a latent in a few words: the columns of its modality that correlate with it, and the direction. */
export function inWords(facts: SubjectFacts, i: number): string {
  const strongest = companions(facts, i, 3);
  const notable = strongest.filter(({ rho }, k) => k === 0 || Math.abs(rho) > 0.3);
  // Units in brackets are removed. A non-breaking space keeps the arrow on the line of its label.
  return notable
    .map(({ label, rho }) => `${label.replace(/ \([^()]*\)$/, '')}\u00a0${rho > 0 ? '↑' : '↓'}`)
    .join(' · ');
}
