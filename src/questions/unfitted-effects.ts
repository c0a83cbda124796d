// Effects of observed causes that held-out subjects support, and that an answer lacks: no path of followed edges leads
// from the cause to the latent; or the effect is direct, and no such edge does. The search keeps an edge only if it
// pays for itself, so small effects may have none.

import { supportedEffectText, unitText, type CauseConclusion } from '../conclusions/index.js';
import type { Warning } from '../quality/index.js';
import type { CauseChange } from './cause-setting.js';
import { involvedLevels, type CausedEdge } from './followed-causes.js';
import type { GenerativeModel } from './generative-model.js';
import type { Takes } from './latent-flow.js';

/** Maximum number of effects that the warning names: the largest. */
const MAX_NAMED = 10;

/** The parts of a model that `unfittedEffects` reads. */
interface TestedModel extends Pick<GenerativeModel, 'positions' | 'summary'> {
  readonly flow: Pick<GenerativeModel['flow'], 'termsOf' | 'effectsOf'>;
}

type SupportedEffect = Parameters<typeof supportedEffectText>[0];

interface Followed {
  readonly changes: readonly CauseChange[];
  /** Edges of causes that effects follow, also those to latents that are set. */
  readonly followed: readonly CausedEdge[];
  /** Edges between latents that effects follow. */
  readonly takes: Takes;
  /** Positions in the flow of the latents that are set. */
  readonly held: ReadonlyMap<number, number>;
}

/**
 * Warns of the effects of the levels that are involved, each against the reference.
 * @param names names of the latents of the modalities
 */
export function unfittedEffects(model: TestedModel, names: readonly string[], followed: Followed): Warning[] {
  const effects = followed.changes
    .flatMap((change) => lackingOf(model, names, change, followed))
    .sort((a, b) => sizeOf(b) - sizeOf(a));
  const [whole, direct] = [false, true].map((isReached) => effects.filter((one) => one.isReached === isReached));
  return [
    ...warningOf(
      whole,
      (these, edge, lacks) =>
        `${these}, but the fitted model has no edge for ${edge} left out, so the answer lacks ${lacks}.`,
    ),
    ...warningOf(
      direct,
      (these, edge) =>
        `that ${these} ${these === 'this' ? 'is' : 'are'} also direct, but the fitted model has no edge ` +
        `for ${edge} left out, so the answer has only what passes through other latents.`,
    ),
  ];
}

/** @param rest what the sentence says after "Held-out subjects support" */
function warningOf(
  effects: readonly SupportedEffect[],
  rest: (these: string, edge: string, lacks: string) => string,
): Warning[] {
  if (effects.length === 0) return [];
  const largest = effects.length > MAX_NAMED ? `The ${MAX_NAMED} largest of ${effects.length}: ` : '';
  const [these, edge, lacks] =
    effects.length === 1 ? ['this', 'it, or the edge was', 'it'] : ['these', 'them, or the edges were', 'them'];
  const named = effects.slice(0, MAX_NAMED).map(supportedEffectText).join(' ');
  return [
    {
      code: 'unfitted-effect',
      text: `${largest}${named} Held-out subjects support ${rest(these, edge, lacks)} ${unitText(effects)}`,
    },
  ];
}

function lackingOf(
  { flow, positions, summary }: TestedModel,
  names: readonly string[],
  change: CauseChange,
  { followed, takes, held }: Followed,
) {
  const { name, kind, levels, assigned, terms } = change.cause;
  const all = [...change.after.keys()];
  const involved = kind === 'categorical' ? involvedLevels(change) : [undefined];
  return involved.flatMap((level) => {
    const ofLevel = all.filter((_, t) => level === undefined || isOfLevel(terms[t], level));
    const touched = followed.filter(
      (edge) => edge.change === change && ofLevel.some((term) => flow.termsOf(edge.effect).includes(term)),
    );
    // A latent that is set cuts paths on purpose, so they count here.
    const reached = flow.effectsOf(
      [],
      takes,
      touched.map(({ effect }) => effect),
    );
    return (summary.evidence?.causes?.effects ?? []).flatMap((effect) => {
      const position = positions[names.indexOf(effect.latent)];
      const isReached = reached.has(position);
      const hasEdge = touched.some((edge) => edge.effect === position);
      const isWhole = isReached && (hasEdge || effect.direct?.verdict !== 'direct');
      const isLacking = effect.verdict === 'supported' && !isWhole && !held.has(position);
      if (effect.cause !== name || effect.level !== level || !isLacking) return [];
      const meaning: CauseConclusion['meaning'] = assigned ? 'effect' : 'association';
      return [{ ...effect, isReached, meaning, reference: level === undefined ? undefined : levels?.[0] }];
    });
  });
}

function isOfLevel(term: CauseChange['cause']['terms'][number], level: string): boolean {
  return 'level' in term && term.level === level;
}

function sizeOf({ effect }: Pick<CauseConclusion, 'effect'>): number {
  return Math.abs(effect?.estimate ?? 0);
}
