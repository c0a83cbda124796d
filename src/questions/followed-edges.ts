// The edges that effects follow, and the verdicts on their directions. If nothing determines the direction of a link on
// the path, the question has no answer: the link may carry the effect or not (docs/reference/questions.md).

import { variableNames } from '../causal/same-variable.js';
import { batchReason, directionOf, type ReversedOrder } from '../conclusions/index.js';
import { InputError } from '../errors/errors.js';
import type { GenerativeModel } from './generative-model.js';
import type { ActionOptions, Edge } from './question-options.js';
import { latentPosition } from './setting.js';

/** The parts of a model that `followedEdges` reads. */
export interface FollowedModel extends Pick<GenerativeModel, 'positions' | 'summary'> {
  readonly flow: Pick<GenerativeModel['flow'], 'parents'>;
  readonly layout: Pick<GenerativeModel['layout'], 'modalityOf'>;
}

/** An edge of the fitted flow with its evidence. */
export interface FlowEdge extends Edge {
  /** Positions in the flow. */
  readonly cause: number;
  readonly effect: number;
  /** True if held-out subjects support the link. */
  readonly isSupported: boolean;
  /** Verdict on the direction. `opposite`: held-out subjects support the other direction. */
  readonly direction: 'supported' | 'assumed' | 'undecided' | 'opposite';
  readonly reversed?: ReversedOrder | undefined;
  readonly sameAsBatch?: string | undefined;
}

/**
 * Returns the edges of the flow that effects follow.
 * @param names names of the latents of the modalities
 * @throws InputError `unknown-latent`, `unknown-edge` for an edge in the list that the flow does not have
 */
export function followedEdges(
  model: FollowedModel,
  names: readonly string[],
  { edges, assumeOrder = false }: ActionOptions,
): FlowEdge[] {
  const all = flowEdges(model, names);
  const asserted = (one: FlowEdge): FlowEdge =>
    one.direction === 'undecided' || one.direction === 'opposite' ? { ...one, direction: 'assumed' } : one;
  if (edges !== undefined && typeof edges !== 'string') return listed(model, names, all, edges).map(asserted);
  const choice = edges ?? (model.summary.evidence?.tested ? 'supported' : 'fitted');
  const chosen = choice === 'fitted' ? all : all.filter(({ isSupported }) => isSupported);
  return assumeOrder ? chosen.map(asserted) : chosen;
}

function flowEdges({ flow, positions, layout, summary }: FollowedModel, names: readonly string[]): FlowEdge[] {
  const { evidence, config } = summary;
  const latentsAt = (position: number): number[] =>
    names.flatMap((_, latent) => (positions[latent] === position ? [latent] : []));
  // A link of one copy of a variable is a link of all its copies.
  const variable = variableNames(evidence?.shared);
  const supported = new Set(
    (evidence?.links ?? [])
      .filter(({ verdict }) => verdict === 'supported')
      .map(({ first, second }) => [variable(first), variable(second)])
      .flatMap(([first, second]) => [`${first} ${second}`, `${second} ${first}`]),
  );
  return flow.parents.flatMap((parents, effect) =>
    parents.map((cause): FlowEdge => {
      // A shared latent has one name in each of its modalities.
      const pairs = latentsAt(cause).flatMap((one) => latentsAt(effect).map((other): [number, number] => [one, other]));
      const copies = pairs.find(([one, other]) => variable(names[one]) === variable(names[other]));
      const known = copies ?? pairs.find((pair) => supported.has(pair.map((i) => variable(names[i])).join(' ')));
      const [from, to] = (known ?? pairs[0]).map((latent) => names[latent]);
      const isWithin = pairs.some(([one, other]) => layout.modalityOf[one] === layout.modalityOf[other]);
      const judgement = directionOf([from, to], { from, to }, { evidence, config, isWithin });
      const isOpposite = judgement.verdict === 'supported' && judgement.from !== from;
      return {
        from,
        to,
        cause,
        effect,
        isSupported: known !== undefined,
        // A copy follows the variable, so nothing about this edge is unknown.
        direction: copies ? 'supported' : isOpposite ? 'opposite' : judgement.verdict,
        reversed: judgement.reversed,
        sameAsBatch: judgement.sameAsBatch,
      };
    }),
  );
}

function listed(
  { positions, summary: { causes = [] } }: Pick<FollowedModel, 'positions' | 'summary'>,
  names: readonly string[],
  all: readonly FlowEdge[],
  edges: readonly Edge[],
): FlowEdge[] {
  // Edges of observed causes are followed elsewhere (`causedEdges`).
  const between = edges.filter(({ from }) => causes.every(({ name }) => name !== from));
  return between.map(({ from, to }) => {
    const [cause, effect] = [from, to].map((name) => positions[latentPosition(name, names)]);
    const edge = all.find((one) => one.cause === cause && one.effect === effect);
    if (edge) return edge;
    throw new InputError(
      'unknown-edge',
      `The fitted model has no edge ${from} → ${to}, so no effect can follow it; it has ` +
        `${all.map((one) => `${one.from} → ${one.to}`).join(', ') || 'none'}.`,
      { from, to },
    );
  });
}

/**
 * Returns the refusal of a question whose answer depends on a direction that nothing determines (`direction-unknown`).
 * @param held positions that are set @param reached positions that are set or follow
 */
export function unknownDirections(
  edges: readonly FlowEdge[],
  held: ReadonlySet<number>,
  reached: ReadonlySet<number>,
): InputError | undefined {
  const unclear = edges.filter(
    ({ direction, cause, effect }) =>
      (direction === 'undecided' || direction === 'opposite') &&
      (reached.has(cause) || reached.has(effect)) &&
      !(held.has(cause) && held.has(effect)),
  );
  if (unclear.length === 0) return undefined;
  const links = unclear.map(({ from, to }) => `${from} – ${to}`).join(', ');
  const against = unclear.filter(({ direction }) => direction === 'opposite');
  const batched = [...new Set(unclear.flatMap(({ sameAsBatch }) => sameAsBatch ?? []))];
  const reasons = [
    ...batched.map(batchReason),
    ...(against.length > 0
      ? [`held-out subjects support the opposite of the fitted direction (${against.map(ends).join(', ')})`]
      : []),
    ...(unclear.some(({ reversed }) => reversed === 'as-well')
      ? ['the reversed order of modalities explains held-out subjects as well']
      : []),
  ];
  return new InputError(
    'direction-unknown',
    `The effects are not known: nothing determines the direction of ${links}` +
      `${reasons.length > 0 ? ` (${reasons.join('; ')})` : ''}. If you know that causes come first in the fit ` +
      `(${unclear.map(ends).join(', ')}), add --assume-order (assumeOrder: true), or write order: assumed under ` +
      'sparsity in the study file and fit again.',
    { edges: unclear.map(({ from, to }) => ({ from, to })) },
  );
}

function ends({ from, to }: Edge): string {
  return `${from} → ${to}`;
}
