// Tested links between latents and blocks.

import { unitEdges, unitNames, type JudgedVariable } from './blocks.js';
import type { LinkFigures } from './discovery/link-figures.js';

type Link = Pick<LinkFigures, 'first' | 'second' | 'sign' | 'conditioning' | 'oneOf' | 'direction'> & {
  readonly verdict: LinkFigures['verdict'];
  readonly association?: Size | undefined;
  readonly direct?: Size | undefined;
};

interface Size {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Returns the links between latents and blocks. All links of a block with another variable are one link, with the
 * figures of the clearest. It has no sign, because the axes of a block are arbitrary. Links inside a block are left
 * out.
 * @param links the clearest first
 */
export function linksOfUnits<T extends Link>(variables: readonly JudgedVariable[], links: readonly T[]): T[] {
  const names = unitNames(variables);
  const ends = links.map(({ first, second }) => ({ from: first, to: second }));
  return unitEdges(variables, ends).map(({ edges, isOfBlock }) => {
    const all = edges.map((l) => renamed(links[l], (name) => names.get(name) ?? name));
    return isOfBlock ? linkOfBlock(all) : all[0];
  });
}

function renamed<T extends Link>(link: T, nameOf: (name: string) => string): T {
  const { direction, conditioning, oneOf } = link;
  const [first, second] = [nameOf(link.first), nameOf(link.second)];
  const unique = (names: readonly string[]) => [...new Set(names.map(nameOf))];
  return {
    ...link,
    first,
    second,
    conditioning: unique(conditioning).filter((name) => name !== first && name !== second),
    direction: {
      ...direction,
      ...(direction.from !== undefined && { from: nameOf(direction.from) }),
      ...(direction.to !== undefined && { to: nameOf(direction.to) }),
    },
    ...(oneOf && { oneOf: oneOf.map((one) => ({ ...one, from: nameOf(one.from), to: unique(one.to) })) }),
  };
}

const VERDICTS = ['supported', 'assumed', 'undecided', 'not-supported'] as const;

/** Returns one link for all links between two units. */
function linkOfBlock<T extends Link>(links: readonly T[]): T {
  const rank = ({ verdict }: T) => VERDICTS.indexOf(verdict);
  const [clearest] = [...links].sort((a, b) => rank(a) - rank(b));
  const alike = links.filter(({ verdict }) => verdict === clearest.verdict);
  const isDirected = alike.every(({ direction: { from, verdict } }) => {
    return from === clearest.direction.from && verdict === clearest.direction.verdict;
  });
  const groups = clearest.verdict === 'supported' ? [] : alike.flatMap(({ oneOf = [] }) => oneOf);
  return {
    ...clearest,
    sign: undefined,
    association: clearest.association && unsigned(clearest.association),
    direct: clearest.direct && unsigned(clearest.direct),
    oneOf: groups.length > 0 ? groups : undefined,
    direction: isDirected ? clearest.direction : { verdict: 'undecided' },
  };
}

function unsigned<T extends Size>(size: T): T {
  const { estimate, lower, upper } = size;
  return estimate < 0 ? { ...size, estimate: -estimate, lower: -upper, upper: -lower } : size;
}
