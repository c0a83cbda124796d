// What observed causes settle: latents that links alone leave undetermined, and that levels tell apart
// (docs/causes.md, "What can be identified").

import type { GraphCauses, LatentGraph } from '../../causal/index.js';
import { withSupportedCauses, type CauseConclusions } from '../../conclusions/index.js';

/** What the levels of a study do, as far as held-out subjects support it. */
export interface SettlingCauses {
  /** Latents that each level acts on in the fitted model, one entry per level, or per cause that is a number. */
  readonly levels: readonly { readonly targets: ReadonlySet<string>; readonly isPerfect: boolean }[];
  /** Latents with a supported effect or association of any level. */
  readonly moved: ReadonlySet<string>;
}

/** Returns undefined if the study has no causes, or if they were not tested. */
export function settlingCauses(
  graph: LatentGraph,
  { causes }: { readonly causes?: CauseConclusions | undefined },
): SettlingCauses | undefined {
  if (causes === undefined) return undefined;
  const { causes: nodes = [], causeEdges = [] }: GraphCauses = withSupportedCauses(graph, { causes });
  const perfect = new Set(nodes.filter(({ effect }) => effect === 'perfect').map(({ name }) => name));
  const first = causeEdges.filter(
    ({ from, level }, i) => causeEdges.findIndex((edge) => edge.from === from && edge.level === level) === i,
  );
  return {
    levels: first.map(({ from, level }) => ({
      targets: new Set(causeEdges.filter((edge) => edge.from === from && edge.level === level).map(({ to }) => to)),
      isPerfect: perfect.has(from),
    })),
    moved: new Set(causes.effects.flatMap(({ verdict, latent }) => (verdict === 'supported' ? [latent] : []))),
  };
}

/**
 * Returns the units that remain undetermined. A level that acts on one undetermined unit determines it, and so does the
 * fact that all other units are determined. A unit alone needs a level, too.
 *
 * @param units sets of latents that can only be mixed together: linked pairs, or single latents of a modality
 */
export function undeterminedUnits(
  units: readonly (readonly string[])[],
  levels: readonly { readonly targets: ReadonlySet<string> }[],
): (readonly string[])[] {
  let open = [...units];
  for (;;) {
    const actedOn = levels.map(({ targets }) => open.filter((unit) => unit.some((latent) => targets.has(latent))));
    const single = new Set(actedOn.flatMap((ofLevel) => (ofLevel.length === 1 ? ofLevel : [])));
    if (single.size === 0) return open.length === 1 && units.length > 1 ? [] : open;
    open = open.filter((unit) => !single.has(unit));
  }
}
