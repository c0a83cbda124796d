// Targets of causes that a study names: modalities, or latents by the names of graphs.

import type { Cause } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import type { CauseGate } from './cause-gates.js';

/** Names of the causes whose means were removed from the values of a modality, by the modality's name. */
export type RemovedCauses = Readonly<Record<string, readonly string[] | undefined>>;

/**
 * Returns which gates may be open, and which are, gates × latents. A target that is one latent is known: its gate is
 * open. A modality with several latents only limits the search.
 *
 * If the means of a cause were removed from a modality, its gates are open there. If a level → a → b, and b lacks these
 * means, level → a ← b would explain the values best. With the gate, means say nothing about the direction. A gate of a
 * `perfect` cause would also cut the parents of b, and stays shut.
 * @throws InputError `invalid-argument` if a target is neither a modality nor a latent
 */
export function allowedTargets(
  causes: readonly Pick<Cause, 'name' | 'levels' | 'targets'>[],
  gates: readonly CauseGate[],
  modalities: readonly { readonly name: string; readonly latents: number }[],
  removed: RemovedCauses = {},
): { readonly allowed: Uint8Array; readonly known: Uint8Array } {
  const names = modalities.flatMap(({ name, latents }) =>
    Array.from({ length: latents }, (_, i) => ({ modality: name, latent: `${name}.z${i + 1}` })),
  );
  const rows = gates.map(({ cause, level, effect }) => {
    const isRemoved = (modality: string) =>
      effect !== 'perfect' && (removed[modality]?.includes(causes[cause].name) ?? false);
    const open = names.map(({ modality }) => Number(isRemoved(modality)));
    const { name, levels = [], targets = {} } = causes[cause];
    const key = level === undefined ? '*' : levels[level];
    if (!Object.hasOwn(targets, key)) return { allowed: names.map(() => 1), known: open };
    for (const target of targets[key]) {
      if (names.some(({ modality, latent }) => modality === target || latent === target)) continue;
      const known = modalities.map((modality) => modality.name).join(', ');
      throw new InputError(
        'invalid-argument',
        `cause '${name}': target '${target}' of '${key}' is neither a modality (${known}) nor a latent of one`,
        { cause: name, target },
      );
    }
    const targeted = names.map(({ modality, latent }) =>
      targets[key].some((target) => target === modality || target === latent) ? 1 : 0,
    );
    const isKnown = targets[key].length > 0 && isOne(targeted);
    return {
      allowed: targeted.map((value, i) => Math.max(value, open[i])),
      known: targeted.map((value, i) => Math.max(isKnown ? value : 0, open[i])),
    };
  });
  return {
    allowed: Uint8Array.from(rows.flatMap(({ allowed }) => allowed)),
    known: Uint8Array.from(rows.flatMap(({ known }) => known)),
  };
}

function isOne(allowed: readonly number[]): boolean {
  return allowed.reduce((sum, value) => sum + value, 0) === 1;
}
