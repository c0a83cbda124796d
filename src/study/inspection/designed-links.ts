// How likely the tests of a fit find a direct link of 0.3, by pair of modalities.

import { ENOUGH_POWER, linkPower, NOTABLE, unitsNeeded } from '../../causal/discovery/link-power.js';
import { count, decimals } from '../../text/numbers.js';
import type { DesignedLinks, DesignStatement } from './design.js';
import type { ModalityReport } from './inspection.js';

/** Minimum number of subjects, and of groups, with both modalities of a pair: half of them in each fold. */
const MIN_SUBJECTS = 40;
const MIN_GROUPS = 20;

interface LinkDesigns {
  readonly modalities: readonly Pick<ModalityReport, 'name' | 'latents' | 'exogenous'>[];
  /** With causes, exogenous variables are latents. */
  readonly hasCauses: boolean;
  /** Number of subjects, or of groups, with both modalities, by their positions. */
  readonly unitsOf: (first: number, second: number) => number;
  /** True if units are groups of rows. */
  readonly hasGroups: boolean;
}

export function designedLinks({ modalities, hasCauses, unitsOf, hasGroups }: LinkDesigns): DesignedLinks[] {
  const tested = modalities.map(({ latents, exogenous }) => latents + (hasCauses ? exogenous : 0));
  const pairs = (modalities.length * (modalities.length - 1)) / 2;
  return modalities.flatMap(({ name: first }, i) =>
    modalities.slice(i + 1).map(({ name: second }, at) => {
      const j = i + 1 + at;
      const design = { latents: [tested[i], tested[j]], pairs } as const;
      const units = unitsOf(i, j);
      const isTested = units >= (hasGroups ? MIN_GROUPS : MIN_SUBJECTS);
      return {
        first,
        second,
        units,
        power: isTested ? linkPower({ ...design, units }) : 0,
        needed: unitsNeeded(design),
      };
    }),
  );
}

export function linkStatements(
  { hasGroups, modalities }: Pick<LinkDesigns, 'hasGroups' | 'modalities'>,
  links: readonly DesignedLinks[],
): DesignStatement[] {
  if (links.length === 0) return [];
  const nouns = hasGroups ? 'groups' : 'subjects';
  const few = links.filter(({ power }) => power < ENOUGH_POWER);
  const detected = `a direct link of ${NOTABLE}`;
  if (few.length === 0) {
    const needed = Math.max(...links.map((link) => link.needed));
    const units = Math.min(...links.map((link) => link.units));
    const any = links.length === 1 ? 'both modalities' : 'any two modalities';
    const takes = `takes at least about ${count(rounded(needed))}`;
    const text = `At least ${count(units)} ${nouns} have ${any}: ${detected} ${takes}.`;
    return [{ code: 'link-power', text }];
  }
  const { first, second, units, power, needed } = few.reduce((a, b) => (b.power < a.power ? b : a));
  const probability = power < 0.01 ? 'below 0.01' : `of ${decimals(power)}`;
  const number = few.length === links.length ? `All ${links.length}` : `${few.length} of ${links.length}`;
  const has = `${count(units)} ${nouns} have ${first} and ${second}`;
  const takes = `at least about ${count(rounded(needed))}`;
  return [
    {
      code: 'link-power',
      text: [
        power === 0
          ? `${has}, too few for any test. Finding ${detected} takes ${takes}.`
          : `${has}, so ${detected} is found with a probability ${probability} at most. ` +
            `For ${ENOUGH_POWER} it takes ${takes}.`,
        ...(links.length > 1 ? [`${number} pairs of modalities have too few.`] : []),
      ].join(' '),
      advice: `Add ${nouns}${modalities.some(({ latents }) => latents > 1) ? ', or ask for fewer latents.' : '.'}`,
    },
  ];
}

/** Returns the number with two significant digits, rounded up. */
function rounded(value: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.ceil(value / unit) * unit;
}
