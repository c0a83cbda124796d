// The levels of the causes that identify latents. Within a modality only levels with perfect effects do: one for each
// latent, or for all but one root, a latent that no other one causes. Between modalities a level that acts on one of
// several pairs with one-to-one links identifies this pair, which the modalities alone cannot (docs/causes.md).

import type { LevelsNeeded } from './design.js';
import type { CauseReport, ModalityReport } from './inspection.js';

/** A level other than the reference, or any change of a number. */
interface Level {
  readonly text: string;
  readonly isPerfect: boolean;
  readonly targets: readonly string[] | undefined;
}

/** Returns how many levels the causes have, and how many are missing. */
export function levelsNeeded(
  causes: readonly CauseReport[],
  modalities: readonly Pick<ModalityReport, 'name' | 'latents'>[],
): LevelsNeeded {
  const levels = causes.flatMap(levelsOf);
  const perfect = levels.filter(({ isPerfect }) => isPerfect);
  return {
    levels: distinct(levels),
    perfect: perfect.map(({ text }) => text),
    modalities: modalities.map(({ name, latents }) => {
      const acting = distinct(
        perfect.filter(({ targets }) => !targets || targets.some((target) => modalityOf(target) === name)),
      );
      const needed = latents === 1 ? 0 : latents;
      return { name, latents, needed, perfect: acting, missing: Math.max(0, needed - acting) };
    }),
  };
}

function levelsOf({ name, kind, levels = [], effect, targets }: CauseReport): Level[] {
  const isPerfect = effect === 'perfect';
  if (kind !== 'categorical') return [{ text: name, isPerfect, targets: targets?.['*'] }];
  return levels.slice(1).map(({ level }) => ({
    text: `${name} ${level}`,
    isPerfect,
    targets: targets && Object.hasOwn(targets, level) ? targets[level] : targets?.['*'],
  }));
}

/** Returns the number of levels, of which those with the same single latent as target count once. */
function distinct(levels: readonly Level[]): number {
  const latents = levels.flatMap(({ targets }) => {
    return targets?.length === 1 && targets[0] !== modalityOf(targets[0]) ? targets : [];
  });
  return levels.length - latents.length + new Set(latents).size;
}

function modalityOf(target: string): string {
  return target.replace(/\.z\d+$/, '');
}
