// What observed causes settle: latents that links alone leave undetermined, and that levels tell apart
// (docs/causes.md, "What can be identified").

import type { GraphCauses, LatentGraph, LatentNode } from '../causal/index.js';
import { withSupportedCauses, type CauseConclusions } from './causes.js';
import type { RunSummary } from '../training/run-folder.js';

/** A level, or a cause that is a number. */
export interface SettlingLevel {
  /** Latents that it acts on in the fitted model. */
  readonly targets: ReadonlySet<string>;
  /** Latents that it does not act on, as the study file says, or held-out subjects: `not-supported`. */
  readonly spared: ReadonlySet<string>;
  readonly isPerfect: boolean;
}

/** What the levels of a study do, as far as held-out subjects support it. */
export interface SettlingCauses {
  readonly levels: readonly SettlingLevel[];
  /** Latents with a supported effect or association of any level. */
  readonly moved: ReadonlySet<string>;
}

/** Returns undefined if the study has no causes, or if they were not tested. @param declared the study's causes */
export function settlingCauses(
  graph: LatentGraph,
  { causes }: { readonly causes?: CauseConclusions | undefined },
  declared: RunSummary['causes'] = [],
): SettlingCauses | undefined {
  if (causes === undefined) return undefined;
  const { causes: nodes = [], causeEdges = [] }: GraphCauses = withSupportedCauses(graph, { causes });
  const perfect = new Set(nodes.filter(({ effect }) => effect === 'perfect').map(({ name }) => name));
  const first = causeEdges.filter(
    ({ from, level }, i) => causeEdges.findIndex((edge) => edge.from === from && edge.level === level) === i,
  );
  const isSpared = ({ name, modality }: LatentNode, cause: string, level: string | undefined): boolean => {
    const allowed = declared.find((one) => one.name === cause)?.targets ?? {};
    const key = level ?? '*';
    return (
      (Object.hasOwn(allowed, key) && !allowed[key].some((target) => target === name || target === modality)) ||
      causes.effects.some(
        (one) => one.cause === cause && one.level === level && one.latent === name && one.verdict === 'not-supported',
      )
    );
  };
  return {
    levels: first.map(({ from, level }) => ({
      targets: new Set(causeEdges.filter((edge) => edge.from === from && edge.level === level).map(({ to }) => to)),
      spared: new Set(graph.nodes.flatMap((node) => (isSpared(node, from, level) ? [node.name] : []))),
      isPerfect: perfect.has(from),
    })),
    moved: new Set(causes.effects.flatMap(({ verdict, latent }) => (verdict === 'supported' ? [latent] : []))),
  };
}

/**
 * Returns the units that remain undetermined. A level that acts on one of them determines it.
 *
 * @param units sets of latents that can only be mixed together: linked pairs, or single latents of a modality
 * @param levels with `spared`, a level determines a unit only if it is known not to act on the others
 */
export function undeterminedUnits(
  units: readonly (readonly string[])[],
  levels: readonly (Pick<SettlingLevel, 'targets'> & Partial<Pick<SettlingLevel, 'spared'>>)[],
): (readonly string[])[] {
  let open = [...units];
  for (;;) {
    const single = new Set(
      levels.flatMap(({ targets, spared }) => {
        const isOn = (latent: string) => targets.has(latent) || (spared !== undefined && !spared.has(latent));
        const touched = open.filter((unit) => unit.some(isOn));
        return touched.length === 1 ? touched.filter((unit) => unit.some((latent) => targets.has(latent))) : [];
      }),
    );
    if (single.size === 0) return open;
    open = open.filter((unit) => !single.has(unit));
  }
}
