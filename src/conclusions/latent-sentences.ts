// The verdicts on latents in plain English, and the names of blocks.

import { linksOfUnits } from '../causal/block-links.js';
import { unitEdges, unitNames, unitsOf, type JudgedVariable } from '../causal/blocks.js';
import { counted, decimals, listed } from '../text/numbers.js';
import type { Conclusions, LatentConclusion, LinkConclusion } from './conclusions.js';
import type { EquivalenceConclusion } from './equivalence.js';
import { isMixing, type LatentReason } from './latent-verdicts.js';
import { remediesOf, WITHOUT_CYCLES } from './unidentified.js';

/** Returns the links between latents and blocks, as all sentences, tables and drawings show them. */
export function linksOfBlocks({ links, latents }: Pick<Conclusions, 'links' | 'latents'>): readonly LinkConclusion[] {
  return linksOfUnits(latents, links);
}

/** Returns the class of equally good models with the names of blocks; undefined without a class. */
export function equivalenceOfBlocks({
  equivalence,
  latents,
}: Pick<Conclusions, 'equivalence' | 'latents'>): EquivalenceConclusion | undefined {
  if (!equivalence) return undefined;
  const names = unitNames(latents);
  const nameOf = (name: string) => names.get(name) ?? name;
  const ends = equivalence.links.map(({ first, second }) => ({ from: first, to: second }));
  const links = unitEdges(latents, ends).map(({ edges }) => {
    // The link that most of the graphs have: the data do not distinguish the links of a block.
    const [{ direction, ...link }] = edges.map((l) => equivalence.links[l]).sort((a, b) => b.members - a.members);
    return {
      ...link,
      first: nameOf(link.first),
      second: nameOf(link.second),
      ...(direction && { direction: { ...direction, from: nameOf(direction.from), to: nameOf(direction.to) } }),
    };
  });
  return { ...equivalence, links };
}

/** Returns what the names of blocks mean; nothing if none of these names is one. */
export function blockNotes(latents: readonly JudgedVariable[], names: readonly string[]): string[] {
  const blocks = unitsOf(latents).flatMap(({ name, isBlock }) => (isBlock && names.includes(name) ? [name] : []));
  if (blocks.length === 0) return [];
  const what = blocks.length === 1 ? 'is a block: its latents are' : 'are blocks: their latents are';
  return [`${listed(blocks)} ${what} identified only as a mixture.`];
}

/** Returns the conclusion about a latent, with the reasons. */
export function latentText(latent: LatentConclusion): string {
  const { name, verdict, blockWith = [], reasons, agreement, chance } = latent;
  const figures =
    agreement === undefined
      ? ''
      : `; the latents of two folds correlate by ${decimals(agreement)}` +
        (chance ? `, and random axes by ${decimals(chance)}` : '');
  const known = verdict === 'block' ? mixingReasons(reasons) : reasons.map(latentReasonText);
  const because = known.length === 0 ? '' : `: ${listed(known)}`;
  switch (verdict) {
    case 'component':
      return `${name} is a component, identified up to a monotone scale${because}${figures}.`;
    case 'block':
      return `${name} is identified only up to a mixture with ${mixedWith(blockWith)}${because}.`;
    case 'not-replicated':
      return `${name} is not replicated in models of disjoint subjects${figures}.`;
    case 'untested':
      return `${name} was not tested for replication${because}.`;
  }
}

function mixedWith(blockWith: readonly string[]): string {
  return blockWith.length === 0 ? 'noise of its modality' : listed(blockWith);
}

/** Returns a reason for a verdict, as a clause. */
export function latentReasonText({ code, ...figures }: LatentReason): string {
  const { agreement, chance, equals, restarts, mixing = 0, models = 0, presumed, moved } = figures;
  switch (code) {
    case 'single-latent':
      return 'its modality has no other latent';
    case 'folds-mix':
      return (
        'models of disjoint subjects agree on it too little' +
        ` (correlation ${decimals(agreement ?? NaN)}, and ${decimals(chance ?? NaN)} for random axes)`
      );
    case 'restarts-mix':
      return (
        `an equally good restart has a mixture instead (rank correlation ${decimals(agreement ?? NaN)}; ` +
        `${equals} of ${restarts} restarts are equally good)`
      );
    case 'models-mix':
      return `${mixing} of ${counted(models, 'equally good model')} ${mixing === 1 ? 'has' : 'have'} a mixture instead`;
    case 'one-restart':
      return `none of ${counted(restarts ?? 1, 'restart')} was equally good, so none was compared`;
    case 'rotatable-links':
      return 'its links look linear with normal noise, and the graph allows them to be rotated';
    case 'cycles-mix':
      return 'the fit allows cycles, and no data distinguish latents that cause each other from mixtures of them';
    case 'no-links':
      return moved
        ? 'causes move it, but neither they nor links to other modalities determine it'
        : 'neither a link to another modality nor a cause distinguishes it';
    case 'settled-by-cause':
      return presumed ? 'a cause determines it if it spares the others' : 'causes determine it';
  }
}

/** Returns the reasons for a mixture, as clauses. */
export function mixingReasons(reasons: readonly LatentReason[]): string[] {
  return reasons.filter(({ code }) => isMixing(code)).map(latentReasonText);
}

export interface Caution {
  readonly title: string;
  readonly text: string;
}

/** Returns what readers must know about latents that are no components, and about assumptions behind components. */
export function latentCautions({ latents }: Pick<Conclusions, 'latents'>): Caution[] {
  const modalities = [...new Set(latents.map(({ modality }) => modality))];
  return modalities.flatMap((modality) => {
    const ofModality = latents.filter((latent) => latent.modality === modality);
    return [...blockCaution(ofModality, latents), ...presumedCaution(ofModality)];
  });
}

/** @param all latents of all modalities */
function blockCaution(latents: readonly LatentConclusion[], all: readonly LatentConclusion[]): Caution[] {
  const [{ modality }] = latents;
  const blocks = latents.filter(({ verdict }) => verdict === 'block');
  if (blocks.length === 0) return [];
  const names = listed(blocks.map(({ name }) => name));
  const codes = new Set(blocks.flatMap(({ reasons }) => reasons.map(({ code }) => code)));
  const remedies = remediesOf(blocks, new Set(all.map((one) => one.modality)).size);
  const reasons = blocks.flatMap((latent) => latent.reasons.filter(({ code }) => isMixing(code)));
  const clauses = [...codes].flatMap((code) => {
    const weakest = reasons.filter((one) => one.code === code).sort((a, b) => (a.agreement ?? 0) - (b.agreement ?? 0));
    return weakest.slice(0, 1).map(latentReasonText);
  });
  const it = blocks.length === 1 ? 'it' : 'one of them';
  const advice = codes.has('cycles-mix')
    ? WITHOUT_CYCLES
    : `Other settings do not help. Other data can: ${remedies.join('; ')}.`;
  return [
    {
      title: `${names} ${blocks.length === 1 ? 'is' : 'are'} identified only up to mixing within ${modality}`,
      text: `Of ${it}: ${clauses.join('; ')}. Interpret the latents of ${modality} together, not separately. ` + advice,
    },
  ];
}

function presumedCaution(latents: readonly LatentConclusion[]): Caution[] {
  const names = latents.flatMap(({ name, verdict, reasons }) =>
    verdict === 'component' && reasons.some(({ presumed }) => presumed) ? [name] : [],
  );
  if (names.length === 0) return [];
  return [
    {
      title: `Causes determine ${listed(names)} only if they spare the other latents`,
      text:
        'The links allow a joint rotation, and only a cause distinguishes the latents. The fit prefers that it acts ' +
        'on few of them, and held-out subjects do not show it. If you know its targets, write them.',
    },
  ];
}
