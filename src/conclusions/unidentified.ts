// What a reader must know first if no latent is identified, and which data could identify latents.

import { BEYOND_ONE_MODALITY, unmixingData } from '../study/inspection/remedies.js';
import { counted, listed } from '../text/numbers.js';
import type { Conclusions, LatentConclusion } from './conclusions.js';

/** Maximum number of latents that a sentence names. */
const MAX_NAMED = 4;

/** Advice for a fit that allows cycles, whose latents are blocks whatever the data. */
export const WITHOUT_CYCLES = 'If latents cannot cause each other, fit with sparsity.graph: ordered.';

/** Returns how many latents are components, in one sentence. */
export function verdictsText({ latents }: Pick<Conclusions, 'latents'>): string {
  const names = latents.flatMap(({ name, verdict }) => (verdict === 'component' ? [name] : []));
  if (names.length === 0) {
    return latents.every(({ verdict }) => verdict === 'block')
      ? 'Models of disjoint subjects find the same spaces, but no latent is identified individually: read links as ' +
          'those of modalities.'
      : `None of the ${counted(latents.length, 'latent')} is identified individually.`;
  }
  const named = names.length > MAX_NAMED ? '' : `: ${listed(names)}`;
  const are = names.length === 1 ? 'is a component' : 'are components';
  return `${names.length} of ${counted(latents.length, 'latent')} ${are}, identified up to a monotone scale${named}.`;
}

/** Returns the sentence that follows the main conclusion if no latent is identified; undefined if one is. */
export function unidentifiedText(conclusions: Conclusions): string | undefined {
  const { latents, status, pairs, causes } = conclusions;
  if (latents.some(({ verdict }) => verdict === 'component')) return undefined;
  if (status === 'one-modality') {
    return 'Its measurements show the space of its latents, and any mixture of them explains it as well.';
  }
  if (status !== 'tested') return 'So no latent is identified.';
  if (causes || pairs.some(({ verdict }) => verdict === 'supported')) return verdictsText({ latents });
  return 'No latent is identified: only links to other modalities, or causes, identify latents.';
}

/** Returns what could identify latents, in one sentence; undefined if a reason for no test says it. */
export function adviceText({ latents, status, pairs, causes }: Conclusions): string | undefined {
  if (status === 'one-modality') return BEYOND_ONE_MODALITY;
  if (status === 'too-few') return 'interlatent inspect says how many subjects it takes to find a link of 0.3.';
  if (status !== 'tested') return undefined;
  if (!causes && !pairs.some(({ verdict }) => verdict === 'supported')) {
    return 'To find an association, add subjects before columns, and leave out columns that cannot be relevant.';
  }
  if (latents.some(({ reasons }) => reasons.some(({ code }) => code === 'cycles-mix'))) return WITHOUT_CYCLES;
  const remedies = remediesOf(latents, new Set(latents.map(({ modality }) => modality)).size);
  return remedies.length === 0 ? undefined : `To identify latents, add ${remedies.join('; ')}.`;
}

/** Returns the data that could identify latents that are not, each remedy once. @param modalities of the study */
export function remediesOf(latents: readonly LatentConclusion[], modalities: number): string[] {
  return [...new Set(latents.flatMap((latent) => remedyOf(latent, modalities)))];
}

function remedyOf({ verdict, reasons }: LatentConclusion, modalities: number): string[] {
  const has = (...codes: string[]): boolean => reasons.some(({ code }) => codes.includes(code));
  if (verdict === 'not-replicated') return ['more subjects'];
  if (verdict !== 'block') return [];
  if (has('no-links')) return ['modalities that are linked with them, or causes that each set one of them'];
  // More subjects do not tell latents apart whose mixtures explain the data as well.
  return [has('restarts-mix', 'rotatable-links') ? unmixingData(modalities) : 'more subjects'];
}
