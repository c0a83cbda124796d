// Describes the samples of subjects behind the figures of a fit, if these do not use all subjects.

import type { Quality, SubspaceChoice } from './schema.js';

/** The parts of run.json that this text needs. */
interface Sampled {
  readonly subjects: { readonly train: number };
  readonly quality?: Quality | undefined;
  readonly subspaces?: SubspaceChoice | undefined;
  readonly ranges?: { readonly sample?: { readonly train: number } | undefined } | undefined;
  readonly evidence?: { readonly subjects: number; readonly comparedSubjects?: number | undefined } | undefined;
}

/** Returns the description; undefined if all figures use all subjects. */
export function sampledText({ subjects, quality, subspaces, ranges, evidence }: Sampled): string | undefined {
  const samples: string[] = [];
  const { heldOut } = quality ?? {};
  if (quality && quality.train < subjects.train) {
    const linear = quality.linearTrain === undefined ? ' and linear methods' : '';
    samples.push(`explained variance${linear}, of ${count(quality.train)}`);
  }
  if (quality?.linearTrain !== undefined) samples.push(`linear methods, of ${count(quality.linearTrain)}`);
  if (subspaces?.linearTrain !== undefined) samples.push(`linear subspaces, of ${count(subspaces.linearTrain)}`);
  if (ranges?.sample) samples.push(`ranges in run.json, of ${count(ranges.sample.train)}`);
  const text = [
    ...(samples.length === 0
      ? []
      : [`of a sample of the ${count(subjects.train)} training subjects, evenly spread: ${samples.join('; ')}`]),
    ...(heldOut?.measured === undefined
      ? []
      : [`explained variance held out, of ${count(heldOut.measured)} of ${count(heldOut.subjects)}`]),
    ...(evidence?.comparedSubjects === undefined
      ? []
      : [`replication of latents, of ${count(evidence.comparedSubjects)} of ${count(evidence.subjects)}`]),
  ].join('; ');
  return text === '' ? undefined : `${text[0].toUpperCase()}${text.slice(1)}.`;
}

function count(value: number): string {
  return value.toLocaleString('en');
}
