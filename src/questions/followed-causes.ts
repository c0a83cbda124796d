// The edges from observed causes to latents that effects follow, and refusals of effects that the study cannot
// identify.

import { causeText } from '../causal/cause-nodes.js';
import { isEdgeSupported } from '../conclusions/index.js';
import { InputError } from '../errors/errors.js';
import type { RunSummary } from '../training/run-folder.js';
import type { CauseChange } from './cause-setting.js';
import type { GenerativeModel } from './generative-model.js';
import type { ActionOptions, Edge } from './question-options.js';

/** The parts of a model that `causeEdges` reads. */
interface CausedModel extends Pick<GenerativeModel, 'positions' | 'summary' | 'known'> {
  readonly flow: Pick<GenerativeModel['flow'], 'parents' | 'termsOf' | 'size'>;
  readonly layout: Pick<GenerativeModel['layout'], 'modalityOf'>;
}

/** An edge of the fitted model from a cause that changes. */
export interface CausedEdge extends Edge {
  readonly change: CauseChange;
  /** Position of the latent in the flow. */
  readonly effect: number;
  /** True if held-out subjects support an effect, or an association, of a level that is involved. */
  readonly isSupported: boolean;
  /** `assumed` for a cause that nobody assigned. */
  readonly direction: 'supported' | 'assumed';
}

/**
 * Returns the edges of changed causes in the fitted model, by whether effects follow them.
 * @param names names of the latents of the modalities
 * @param between edges between latents that effects follow
 * @throws InputError `unknown-edge` for an edge in the list that the model does not have
 */
export function causedEdges(
  model: CausedModel,
  names: readonly string[],
  changes: readonly CauseChange[],
  { edges }: ActionOptions,
  between: readonly Edge[],
): { readonly followed: CausedEdge[]; readonly ignored: CausedEdge[] } {
  const all = changes.flatMap((change) => edgesOf(model, names, change, between));
  const isAt = ({ to }: Edge, { effect }: CausedEdge): boolean => model.positions[names.indexOf(to)] === effect;
  const choice = edges ?? (model.summary.evidence?.tested ? 'supported' : 'fitted');
  const listed = typeof choice === 'string' ? [] : choice.filter(({ from }) => changes.some(isOf(from)));
  const isFollowed = (edge: CausedEdge): boolean => {
    if (typeof choice === 'string') return choice === 'fitted' || edge.isSupported;
    return listed.some((one) => one.from === edge.from && isAt(one, edge));
  };
  const unknown = listed.find((one) => !all.some((edge) => one.from === edge.from && isAt(one, edge)));
  if (unknown) {
    throw new InputError(
      'unknown-edge',
      `The fitted model has no edge ${unknown.from} → ${unknown.to} for this change, so no effect can follow it; it ` +
        `has ${all.map(({ from, to }) => `${from} → ${to}`).join(', ') || 'none'}.`,
      { ...unknown },
    );
  }
  return { followed: all.filter(isFollowed), ignored: all.filter((edge) => !isFollowed(edge)) };
}

function isOf(name: string) {
  return ({ cause }: CauseChange): boolean => cause.name === name;
}

function edgesOf(
  { flow, positions, summary }: CausedModel,
  names: readonly string[],
  change: CauseChange,
  between: readonly Edge[],
): CausedEdge[] {
  const { cause, after, before } = change;
  const differs = (term: number): boolean => after.has(term) && after.get(term) !== before?.get(term);
  return Array.from({ length: flow.size }, (_, effect) => effect).flatMap((effect) => {
    if (!flow.termsOf(effect).some(differs)) return [];
    const latents = names.filter((_, latent) => positions[latent] === effect);
    const supported = latents.find((latent) => isSupported(summary, change, latent, between));
    return [
      {
        from: cause.name,
        to: supported ?? latents[0],
        change,
        effect,
        isSupported: supported !== undefined,
        direction: cause.assigned ? ('supported' as const) : ('assumed' as const),
      },
    ];
  });
}

/** True if held-out subjects support an edge of a level that is involved. */
function isSupported(
  { evidence }: Pick<RunSummary, 'evidence'>,
  change: CauseChange,
  latent: string,
  between: readonly Edge[],
): boolean {
  const levels = change.cause.kind === 'categorical' ? involvedLevels(change) : [undefined];
  const effects = evidence?.causes?.effects ?? [];
  return levels.some((level) => isEdgeSupported(effects, { from: change.cause.name, level, to: latent }, between));
}

/** Returns the levels that differ between the two values, without the reference; none for a number. */
export function involvedLevels({ cause: { kind, levels }, value, against }: CauseChange): string[] {
  if (kind !== 'categorical') return [];
  const positions = against === undefined ? levels!.keys() : [value, against];
  return [...positions].filter((position) => position > 0).map((position) => levels![position]);
}

/**
 * Refuses causes whose effects are not identifiable, unless the options allow it.
 * @throws InputError `not-assigned`, `unidentified-effect`
 */
export function checkCauses(
  { flow, positions, layout, summary }: CausedModel,
  names: readonly string[],
  changes: readonly CauseChange[],
  edges: readonly CausedEdge[],
  { assumeOrder = false, undetermined = false, edges: choice }: ActionOptions,
): void {
  const listed = typeof choice === 'object' ? choice.map(({ from }) => from) : [];
  const unassigned = changes.find(({ cause }) => !cause.assigned && !listed.includes(cause.name));
  if (unassigned && !assumeOrder) {
    const { name } = unassigned.cause;
    throw new InputError(
      'not-assigned',
      `Nobody assigned ${name}, so its edges are associations, and the effect of setting it is not known: an ` +
        'unmeasured cause of both may explain them. If it was assigned, write assigned: true in the study file and ' +
        'fit again. To assume that it acts as if it had been, add --assume-order (assumeOrder: true).',
      { cause: name },
    );
  }
  if (undetermined) return;
  for (const change of changes) checkSeparable(summary, change);
  const modalitiesAt = (position: number): number[] =>
    positions.flatMap((one, latent) => (one === position ? [layout.modalityOf[latent]] : []));
  for (const { from, to, effect, change } of edges) {
    if (change.cause.effect === 'perfect') continue;
    const parents = names.filter(
      (_, latent) =>
        flow.parents[effect].includes(positions[latent]) && modalitiesAt(effect).includes(layout.modalityOf[latent]),
    );
    if (parents.length === 0) continue;
    throw new InputError(
      'unidentified-effect',
      `What ${from} does to ${to} directly is not identifiable, and this answer needs it. A part of the effect may ` +
        `pass through ${parents.join(', ')}, or ${to} may be a mixture with latents of its modality. Both ` +
        `fit effect: ${change.cause.effect}. The conclusions have the total effect, which does not depend on this. ` +
        `If ${from} replaces the mechanism of its targets, write effect: perfect in the study file and fit again; or ` +
        'add --undetermined (undetermined: true) to get the answer of the fit.',
      { cause: from, latent: to },
    );
  }
}

/**
 * Refuses levels with too few subjects, or with the same partition as a batch or another cause.
 * @throws InputError `unidentified-effect`
 */
function checkSeparable({ evidence }: Pick<RunSummary, 'evidence'>, change: CauseChange): void {
  const { name } = change.cause;
  const levels = involvedLevels(change);
  const of = evidence?.causes?.effects.filter(
    ({ cause, level }) => cause === name && (levels.length === 0 || levels.includes(level!)),
  );
  const reasons = {
    confounded: 'another cause or a batch has the same partition of the subjects, so their effects cannot be separated',
    'too-few': 'too few held-out subjects have it or the reference',
  } as const;
  const known = Object.entries(reasons).find(([reason]) => of?.some((effect) => effect.reason === reason));
  if (!of || !known) return;
  const { level } = of.find(({ reason }) => reason === known[0])!;
  throw new InputError(
    'unidentified-effect',
    `The effect of ${causeText({ from: name, level })} is not identifiable: ${known[1]}. Add --undetermined ` +
      '(undetermined: true) to get the answer of the fit.',
    { cause: name },
  );
}
