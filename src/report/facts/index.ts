// Everything a report says about subjects, computed once; sections only write it down.

import type { ReportInput, ReportSubjects } from '../input.js';
import { correlations, type ColumnCorrelations, type Correlations } from './correlations.js';
import { effects, type LatentEffects } from './effects.js';
import { entriesOf, labelOf, latentPositions } from './entries.js';
import { independence, type Independence } from './independence.js';
import { mechanisms, type Mechanism } from './mechanisms.js';
import { reconstruction, type Reconstruction } from './reconstruction.js';
import { usage, type Usage } from './usage.js';

export interface SubjectFacts {
  readonly subjects: ReportSubjects;
  /** All entries of (z, η). */
  readonly usage: readonly Usage[];
  readonly correlations: Correlations;
  /** Of the latents z, in the graph's order. */
  readonly effects: readonly LatentEffects[];
  readonly independence: Independence;
  readonly mechanisms: readonly Mechanism[];
  readonly reconstruction: Reconstruction;
}

export function subjectFacts({ summary, graph, subjects }: ReportInput): SubjectFacts | undefined {
  if (subjects === undefined) return undefined;
  const { dataset, examination } = subjects;
  const entries = entriesOf(summary);
  const latents = latentPositions(entries);
  return {
    subjects,
    usage: usage(entries, examination),
    correlations: correlations(dataset, examination.mean, examination.width, latents),
    effects: effects(entries, subjects).filter((_, i) => entries[i].latent),
    independence: independence(entries, examination),
    mechanisms: mechanisms(graph, latentsOf(examination, latents)),
    reconstruction: reconstruction(dataset, examination.reconstruction),
  };
}

/** Subjects × latents. */
function latentsOf({ mean, width, rows }: ReportSubjects['examination'], latents: readonly number[]): Float32Array {
  const picked = new Float32Array(rows * latents.length);
  for (let row = 0; row < rows; row++) {
    latents.forEach((entry, i) => (picked[row * latents.length + i] = mean[row * width + entry]));
  }
  return picked;
}

/** A column and how it goes with one latent. */
export interface Companion {
  readonly modality: string;
  readonly label: string;
  readonly rho: number;
}

/** The columns that go most closely with latent `i` of the graph, among those that `keep` takes. */
export function companions(
  { subjects, correlations: { columns } }: SubjectFacts,
  i: number,
  most: number,
  keep: (column: ColumnCorrelations) => boolean,
): Companion[] {
  return columns
    .filter(keep)
    .sort((a, b) => Math.abs(b.rho[i]) - Math.abs(a.rho[i]))
    .slice(0, most)
    .map(({ modality, column, rho }) => ({ modality, label: labelOf(subjects, modality, column), rho: rho[i] }));
}

/** A latent in a few words: the columns of its own modality that it goes with, and which way. */
export function inWords(facts: SubjectFacts, i: number, modality: string): string {
  const own = companions(facts, i, 3, (column) => column.modality === modality);
  const telling = own.filter(({ rho }, k) => k === 0 || Math.abs(rho) > 0.3);
  // Units in brackets say nothing here, and the arrow must not stand alone on a line.
  return telling
    .map(({ label, rho }) => `${label.replace(/ \([^()]*\)$/, '')}\u00a0${rho > 0 ? '↑' : '↓'}`)
    .join(' · ');
}
