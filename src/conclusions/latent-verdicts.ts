// The one verdict on each latent: what the folds, equally good restarts, the sparsity condition on the fitted graph,
// and observed causes say together (docs/explanation/determination.md). All outputs derive from it.

import { crossEdges, modalityLatents, type LatentGraph } from '../causal/graph.js';
import type { LatentVerdictName } from '../causal/verdicts.js';
import { MECHANISM_BINS, NOTABLE_MECHANISM } from '../evidence/mechanisms.js';
import type { RunSummary } from '../training/run-folder.js';
import type { CauseConclusions } from './causes.js';
import { settlingCauses, undeterminedUnits, type SettlingCauses, type SettlingLevel } from './settling.js';

/**
 * `single-latent`: nothing in its modality could be mixed with it. `folds-mix`: models of disjoint subjects find other
 * axes in the same subspace. `restarts-mix`: an equally good restart does. `models-mix`: a model of another graph or
 * order of the modalities does, which explains held-out subjects as well. `one-restart`: no other restart is equally
 * good, so none was compared. `rotatable-links`: the links of the graph allow the mixture (Condition 4.3 fails).
 * `cycles-mix`: the fit allows cycles, and no data distinguish latents that cause each other from mixtures of them.
 * `no-links`: neither links to other modalities nor causes distinguish it. `settled-by-cause`: causes do.
 */
export const LATENT_REASONS = [
  'single-latent',
  'folds-mix',
  'restarts-mix',
  'models-mix',
  'one-restart',
  'rotatable-links',
  'cycles-mix',
  'no-links',
  'settled-by-cause',
] as const;

export interface LatentReason {
  readonly code: (typeof LATENT_REASONS)[number];
  /** |Correlation| of the latents of two folds, or |rank correlation| with an equally good restart. */
  readonly agreement?: number | undefined;
  /** Agreement of random axes in the subspaces of two folds. */
  readonly chance?: number | undefined;
  /** Numbers of equally good restarts and of all, including the chosen one. */
  readonly equals?: number | undefined;
  readonly restarts?: number | undefined;
  /** Numbers of equally good models with a mixture, and of all. */
  readonly mixing?: number | undefined;
  readonly models?: number | undefined;
  /** Latents of its modality that the links allow it to be mixed with. */
  readonly latents?: readonly string[] | undefined;
  /** True if a cause moves a latent that it does not settle. */
  readonly moved?: boolean | undefined;
  /** True if a cause settles the latent only if it spares the others, which neither the study nor the data show. */
  readonly presumed?: boolean | undefined;
}

export interface LatentVerdict {
  readonly verdict: LatentVerdictName;
  /** Other latents of its modality that a block may be mixed with; left out unless the verdict is `block`. */
  readonly blockWith?: readonly string[] | undefined;
  /** Reasons for the verdict, and what it does not know. */
  readonly reasons: readonly LatentReason[];
}

const MIXING: ReadonlySet<LatentReason['code']> = new Set([
  'folds-mix',
  'restarts-mix',
  'models-mix',
  'rotatable-links',
  'cycles-mix',
  'no-links',
]);

/**
 * Minimum |correlation| of the latents of two folds for a component. If two models of half of the subjects have
 * independent errors and correlate by r, the model of all subjects correlates by √((1 + r)/2) with the truth: 0.95 for
 * 0.8. If neither mechanisms nor causes distinguish the axes, folds alone must, beyond random axes.
 */
const MIN_AGREEMENT = { distinguished: 0.8, alone: 0.85 } as const;
/**
 * Standard errors that a property of a link must exceed to count. A share over B bins, from n subjects of a straight
 * link with normal noise, has a standard error of √(2 (B − 1))/n, and an excess kurtosis of √(24/n).
 */
const CLEAR = 3;

/** True for the code of a reason that makes a latent a block. */
export function isMixing(code: LatentReason['code']): boolean {
  return MIXING.has(code);
}

type Figures = Pick<RunSummary, 'evidence' | 'determination' | 'equivalence' | 'causes' | 'config'>;

/** Returns the verdict on each latent of a graph. @param causes what the study says about causes, if they were tested */
export function latentVerdicts(
  graph: LatentGraph,
  summary: Figures,
  causes: CauseConclusions | undefined,
): LatentVerdict[] {
  const { evidence, determination, equivalence, config } = summary;
  const settling = settlingCauses(graph, { causes }, summary.causes);
  const modalities = modalityLatents(graph);
  const sizes = new Map(modalities.map(({ name, latents }) => [name, latents]));
  const neighbours = neighboursOf(graph);
  const plain = plainLatents(graph, evidence);
  const links = linkReasons(graph, { neighbours, plain, settling });
  const ofCycles: readonly LatentReason[] = config.sparsity.graph === 'cyclic' ? [{ code: 'cycles-mix' }] : [];
  const isPlain = (name: string) => neighbours.get(name)!.size > 0 && plain.has(name);
  // A mixture of two latents shows in the links of either.
  const isDistinguished = (name: string, modality: string): boolean =>
    links.get(name)?.some(({ code }) => code === 'settled-by-cause') ||
    (neighbours.get(name)!.size > 0 &&
      (!isPlain(name) || namesOf(graph, modality).every((other) => other === name || !isPlain(other))));
  const reasons = graph.nodes.map(({ name, modality }, i): LatentReason[] => {
    const ofLinks = links.get(name) ?? [];
    if (sizes.get(modality) === 1) return [{ code: 'single-latent' }, ...ofLinks];
    const latent = evidence?.latents.find((one) => one.name === name);
    const isKnown = evidence?.mechanisms !== undefined && isDistinguished(name, modality);
    const ofRestarts = restartReasons(determination, i);
    const isMixedByRestart = ofRestarts.some(({ code }) => isMixing(code));
    const ofModels = isMixedByRestart ? [] : modelReasons(equivalence, name);
    return [...foldReasons(latent, isKnown), ...ofRestarts, ...ofModels, ...ofCycles, ...ofLinks];
  });
  const isMixed = reasons.map((list) => list.some(({ code }) => isMixing(code)));
  return graph.nodes.map(({ name, modality }, i): LatentVerdict => {
    const latent = evidence?.latents.find((one) => one.name === name);
    if (latent?.replicated === false) return { verdict: 'not-replicated', reasons: reasons[i] };
    // Without a test, only another restart shows a mixture.
    const isBlock = latent ? isMixed[i] : reasons[i].some(({ code }) => code === 'restarts-mix');
    if (!isBlock) return { verdict: latent ? 'component' : 'untested', reasons: reasons[i] };
    const otherLatents = graph.nodes.flatMap((node, j) => (j !== i && node.modality === modality ? [j] : []));
    const named = new Set(reasons[i].flatMap(({ latents = [] }) => latents));
    const mixed = otherLatents.filter((j) => isMixed[j] || named.has(graph.nodes[j].name));
    const blockWith = (mixed.length > 0 ? mixed : otherLatents).map((j) => graph.nodes[j].name);
    return { verdict: 'block', blockWith, reasons: reasons[i] };
  });
}

/** Returns the conclusions with the verdicts on latents: effects on latents that folds mix are effects on a mixture. */
export function withMixtures(
  causes: CauseConclusions,
  latents: readonly (Pick<LatentVerdict, 'verdict' | 'reasons'> & { readonly name: string })[],
): CauseConclusions {
  const mixed = new Set(
    latents.flatMap(({ name, verdict, reasons }) =>
      verdict === 'block' && reasons.some(({ code }) => code === 'folds-mix') ? [name] : [],
    ),
  );
  return { ...causes, effects: causes.effects.map((one) => ({ ...one, isMixture: mixed.has(one.latent) })) };
}

function foldReasons(
  latent: NonNullable<Figures['evidence']>['latents'][number] | undefined,
  isDistinguished: boolean,
): LatentReason[] {
  if (!latent) return [];
  const { agreement, chance, single } = latent;
  const isFound = isDistinguished
    ? agreement >= MIN_AGREEMENT.distinguished
    : single && agreement >= MIN_AGREEMENT.alone;
  return isFound ? [] : [{ code: 'folds-mix', agreement, chance }];
}

function restartReasons(determination: Figures['determination'], latent: number): LatentReason[] {
  if (!determination) return [];
  const { restarts, equals, agreement, determined } = determination;
  if (!determined) return [{ code: 'one-restart', restarts }];
  return determined[latent] ? [] : [{ code: 'restarts-mix', agreement: agreement?.[latent], equals, restarts }];
}

/** A component is one in every equally good model. */
function modelReasons(equivalence: Figures['equivalence'], latent: string): LatentReason[] {
  const fits = (members: readonly { readonly fits: number }[]) => members.reduce((sum, one) => sum + one.fits, 0);
  const { members = [] } = equivalence ?? {};
  const mixing = fits(members.filter(({ mixed = [] }) => mixed.includes(latent)));
  return mixing === 0 ? [] : [{ code: 'models-mix', mixing, models: fits(members) }];
}

/** Latents that nothing but causes or curved mechanisms distinguishes from each other. */
type Unit = readonly string[];

interface Links {
  /** The latents of other modalities that each latent is linked with. */
  readonly neighbours: ReadonlyMap<string, ReadonlySet<string>>;
  /** Latents whose links all look linear with normal noise. */
  readonly plain: ReadonlySet<string>;
}

type Judge = (latent: string, open: readonly Unit[]) => LatentReason;

/** Returns what links and causes say about mixtures. Latents that links distinguish have no entry. */
function linkReasons(
  graph: LatentGraph,
  { neighbours, plain, settling }: { readonly settling: SettlingCauses | undefined } & Links,
): ReadonlyMap<string, readonly LatentReason[]> {
  const { levels = [], moved } = settling ?? {};
  const reasons = new Map<string, LatentReason[]>();
  const judge = (units: readonly Unit[], by: readonly SettlingLevel[], isLastSettled: boolean, mixing: Judge): void => {
    const left = (of: Parameters<typeof undeterminedUnits>[1]): readonly Unit[] => {
      const open = undeterminedUnits(units, of);
      // If the others are settled, the last one is what remains.
      return isLastSettled && open.length === 1 && units.length > 1 ? [] : open;
    };
    const open = left(by.map(({ targets }) => ({ targets })));
    const presumed = isLastSettled ? left(by) : open;
    for (const unit of units) {
      for (const latent of unit) {
        const settled: LatentReason = { code: 'settled-by-cause', ...(presumed.includes(unit) && { presumed: true }) };
        const reason = open.includes(unit) ? mixing(latent, open) : settled;
        reasons.set(latent, [...(reasons.get(latent) ?? []), reason]);
      }
    }
  };
  // Within a modality, a level that only moves a latent moves its mixtures with other latents, too.
  const perfect = levels.filter(({ isPerfect }) => isPerfect);
  for (const { name: modality } of modalityLatents(graph)) {
    const unlinked = namesOf(graph, modality).filter((name) => neighbours.get(name)!.size === 0);
    const noLinks: Judge = (latent) => ({ code: 'no-links', ...(moved?.has(latent) && { moved: true }) });
    judge(
      unlinked.map((name) => [name]),
      perfect,
      false,
      noLinks,
    );
  }
  for (const units of rotatableUnits(graph, { neighbours, plain })) {
    judge(units, levels, true, (latent, open) => {
      const modality = graph.nodes.find(({ name }) => name === latent)!.modality;
      const mixed = namesOf(graph, modality).filter((name) => name !== latent && open.flat().includes(name));
      return { code: 'rotatable-links', latents: mixed };
    });
  }
  return reasons;
}

function namesOf({ nodes }: LatentGraph, modality: string): string[] {
  return nodes.flatMap((node) => (node.modality === modality ? [node.name] : []));
}

function neighboursOf(graph: LatentGraph): Links['neighbours'] {
  const neighbours = new Map(graph.nodes.map(({ name }) => [name, new Set<string>()]));
  for (const { from, to } of crossEdges(graph)) {
    neighbours.get(from)!.add(to);
    neighbours.get(to)!.add(from);
  }
  return neighbours;
}

/** Returns the latents whose links all look linear with normal noise; none if mechanisms are not known. */
function plainLatents(graph: LatentGraph, evidence: Figures['evidence']): ReadonlySet<string> {
  const { mechanisms, subjects = 0 } = evidence ?? {};
  if (!mechanisms) return new Set();
  const share = (CLEAR * Math.sqrt(2 * (MECHANISM_BINS - 1))) / subjects;
  const kurtosis = CLEAR * Math.sqrt(24 / subjects);
  const notable = mechanisms.filter(
    ({ curvature, spread, nonNormal }) =>
      curvature >= Math.max(NOTABLE_MECHANISM.curvature, share) ||
      spread >= Math.max(NOTABLE_MECHANISM.spread, share) ||
      nonNormal >= Math.max(NOTABLE_MECHANISM.nonNormal, kurtosis),
  );
  const ends = new Set(notable.flatMap(({ from, to }) => [from, to]));
  return new Set(graph.nodes.flatMap(({ name }) => (ends.has(name) ? [] : [name])));
}

/**
 * Returns the sets of units that linear links with normal noise allow to be rotated into each other without a further
 * link. These are latents of one modality with the same neighbours. They are also connected latents that link the same
 * modalities in the same way, such as one-to-one links of two modalities.
 */
function rotatableUnits(graph: LatentGraph, { neighbours, plain }: Links): (readonly Unit[])[] {
  const modalityOf = new Map(graph.nodes.map(({ name, modality }) => [name, modality]));
  const linked = graph.nodes.flatMap(({ name }) => (neighbours.get(name)!.size > 0 ? [name] : []));
  const units = connectedUnits(linked, neighbours).filter((unit) => unit.every((name) => plain.has(name)));
  const linksOf = (name: string) => [...neighbours.get(name)!].map((other) => modalityOf.get(other)).sort();
  const bySignature = (unit: Unit) => unit.map((name) => `${modalityOf.get(name)}: ${linksOf(name).join()}`).join('; ');
  const alike = grouped(units, bySignature);
  const twins = grouped(
    linked.filter((name) => plain.has(name)).map((name) => [name]),
    ([name]) => [modalityOf.get(name), ...neighbours.get(name)!].join(),
  );
  return [...alike, ...twins].filter((set) => set.length > 1);
}

function grouped(units: readonly Unit[], keyOf: (unit: Unit) => string): (readonly Unit[])[] {
  const groups = new Map<string, Unit[]>();
  for (const unit of units) groups.set(keyOf(unit), [...(groups.get(keyOf(unit)) ?? []), unit]);
  return [...groups.values()];
}

/** Returns the connected sets of latents, each in the order of the names. */
function connectedUnits(names: readonly string[], neighbours: ReadonlyMap<string, ReadonlySet<string>>): Unit[] {
  const seen = new Set<string>();
  return names.flatMap((start): Unit[] => {
    if (seen.has(start)) return [];
    const unit = new Set([start]);
    for (const name of unit) for (const next of neighbours.get(name)!) unit.add(next);
    for (const name of unit) seen.add(name);
    return [names.filter((name) => unit.has(name))];
  });
}
