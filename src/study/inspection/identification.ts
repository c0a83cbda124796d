// What the causes of a study can identify, in words. Within a modality only levels with perfect effects identify
// latents: one for each latent, or for all but one root, a latent that no other one causes. Between modalities a level
// that acts on one of several pairs with one-to-one links identifies this pair, which the modalities alone cannot
// (docs/reference/study-file.md, "What causes identify").

import { counted, listed } from '../../text/numbers.js';
import type { CauseReport, Identification, ModalityReport } from './inspection.js';

/** A level other than the reference, or any change of a number. */
interface Level {
  readonly text: string;
  readonly isPerfect: boolean;
  readonly targets: readonly string[] | undefined;
}

/** Returns how many levels the causes have, and how many are missing. */
export function identificationOf(
  causes: readonly CauseReport[],
  modalities: readonly Pick<ModalityReport, 'name' | 'latents'>[],
): Identification {
  const levels = causes.flatMap(levelsOf);
  const perfect = levels.filter(({ isPerfect }) => isPerfect);
  return {
    levels: levels.length,
    perfect: perfect.map(({ text }) => text),
    modalities: modalities.map(({ name, latents }) => {
      const acting = perfect.filter(({ targets }) => !targets || targets.some((target) => modalityOf(target) === name));
      const needed = latents === 1 ? 0 : latents;
      return { name, latents, needed, perfect: acting.length, missing: Math.max(0, needed - acting.length) };
    }),
  };
}

function levelsOf({ name, kind, levels = [], effect, targets }: CauseReport): Level[] {
  const isPerfect = effect === 'perfect';
  if (kind !== 'categorical') return [{ text: name, isPerfect, targets: targets?.['*'] }];
  return levels.slice(1).map(({ level }) => ({
    text: `${name} ${level}`,
    isPerfect,
    targets: targets && Object.hasOwn(targets, level) ? targets[level] : undefined,
  }));
}

function modalityOf(target: string): string {
  return target.replace(/\.z\d+$/, '');
}

/** Returns sentences about what the causes identify. */
export function identificationTexts(causes: readonly CauseReport[], identification: Identification): string[] {
  const { levels, perfect, modalities } = identification;
  const assigned = causes.filter((cause) => cause.assigned).map(({ name }) => name);
  const observed = causes.filter((cause) => !cause.assigned).map(({ name }) => name);
  const [first, ...rest] = modalities;
  return [
    ...(assigned.length > 0 ? [`Effects of ${listed(assigned)} are causal, because the values were assigned.`] : []),
    ...(observed.length > 0
      ? [
          `Effects of ${listed(observed)} are associations, because the values were observed: a common cause may ` +
            'explain them.',
        ]
      : []),
    ...(rest.length === 0 ? [withinText(first)] : betweenTexts(levels, perfect)),
    'A level that acts on one of two connected latents determines the direction of their edge between modalities; ' +
      'within one, only a level with a perfect effect does.',
  ];
}

function withinText({ name, latents, needed, perfect, missing }: Identification['modalities'][number]): string {
  if (needed === 0) return `The latent of ${name} is the only one, so it needs no level.`;
  const rule =
    `In one modality, only levels with perfect effects identify latents: the ${latents} latents of ${name} need ` +
    `${counted(needed, 'level')} with a perfect effect, each on another latent.`;
  if (missing === 0) return `${rule} The study has ${perfect}, enough if each acts on another latent.`;
  const has = perfect === 0 ? 'none' : String(perfect);
  if (missing === 1) {
    return (
      `${rule} The study has ${has}, which is enough only if the latent without a level is a root (a latent that no ` +
      'other one causes); which it is, the data do not show.'
    );
  }
  return (
    `${rule} The study has ${has}, so ${missing} are missing: the fit shows what each ` +
    'level moves, but its latents may be mixtures of the true ones.'
  );
}

function betweenTexts(levels: number, perfect: readonly string[]): string[] {
  return [
    'Latents are identified by what modalities share. Pairs of latents that are linked only to each other are not, ' +
      'unless a level, also a soft one, acts on one of the pairs and not on the others. ' +
      `The study has ${counted(levels, 'level')} apart from references.`,
    'Latents that only one modality has are identified by levels with perfect effects alone. One for each is ' +
      'needed, or for all but one root (a latent that no other one causes); which it is, the data do not show. ' +
      `The study has ${perfect.length === 0 ? 'none' : listed(perfect)}.`,
  ];
}
