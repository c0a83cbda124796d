// What a change of causes does to a modality whose batches divide the subjects in the same way: it is not identifiable.
// The effect was removed from the columns together with that of the batch, so the fitted model has no number for it,
// and none for latents downstream.

import { causeText } from '../causal/cause-nodes.js';
import type { Warning } from '../quality/index.js';
import { listed } from '../text/numbers.js';
import type { CauseChange } from './cause-setting.js';
import { isRemovedWithBatches } from '../data/batches.js';
import { involvedLevels } from './followed-causes.js';
import type { FlowEdge } from './followed-edges.js';
import type { GenerativeModel } from './generative-model.js';
import type { Takes } from './latent-flow.js';

/** The parts of a model that `batchEffects` reads. */
interface BatchedModel extends Pick<GenerativeModel, 'positions' | 'summary'> {
  readonly flow: Pick<GenerativeModel['flow'], 'effectsOf'>;
  readonly layout: Pick<GenerativeModel['layout'], 'modalities' | 'modalityOf'>;
}

export interface BatchEffects {
  /** Positions in the flow of latents that the answer leaves out. */
  readonly positions: ReadonlySet<number>;
  /** Modalities whose latents and columns the answer leaves out. */
  readonly modalities: ReadonlySet<number>;
  /** True for an edge whose direction does not matter to the answer, because it leaves out one of its ends. */
  readonly isLeftOut: (edge: FlowEdge) => boolean;
  readonly warnings: readonly Warning[];
}

interface Question {
  readonly changes: readonly CauseChange[];
  /** Edges between latents that effects follow. */
  readonly takes: Takes;
  /** Positions in the flow of the latents that are set. */
  readonly held: ReadonlyMap<number, number>;
  /** True if the question asks for the answer of the fit. */
  readonly undetermined: boolean;
}

/** Returns what the answer leaves out: latents and columns of these modalities, and of latents downstream. */
export function batchEffects(model: BatchedModel, { changes, takes, held, undetermined }: Question): BatchEffects {
  const { flow, positions, layout } = model;
  const same = changes.map((change) => ({ change, latents: latentsWithSameBatches(model, change) }));
  const latents = [...new Set(same.flatMap((one) => one.latents))];
  if (latents.length === 0) {
    return { positions: new Set(), modalities: new Set(), isLeftOut: () => false, warnings: [] };
  }
  const roots = latents.map((latent) => positions[latent]).filter((position) => !held.has(position));
  const hidden = flow.effectsOf([], (cause, effect) => !held.has(effect) && takes(cause, effect), roots);
  const reached = [...positions.keys()].filter((latent) => hidden.has(positions[latent]));
  const first = new Set(latents.map((latent) => layout.modalityOf[latent]));
  const modalities = new Set([...first, ...reached.map((latent) => layout.modalityOf[latent])]);
  // If nothing else changes, other latents do not depend on what this modality does: its model lacks all changes.
  const isAlone = !undetermined && held.size === 0 && same.every((one) => one.latents.length === latents.length);
  const nameOf = (modality: number): string => layout.modalities[modality].name;
  const causes = same.flatMap((one) => (one.latents.length > 0 ? [textOf(one.change)] : []));
  const [batched, below] = [[...first].map(nameOf), [...modalities].filter((one) => !first.has(one)).map(nameOf)];
  const text =
    `The effect of ${listed(causes)} on latents and columns of ${listed(batched)} is not identifiable: the batches ` +
    'of this modality divide the subjects in the same way, so the two cannot be distinguished in it' +
    `${below.length === 0 ? '' : `, nor in ${listed(below)}, which has latents downstream`}. ` +
    (undetermined
      ? 'What the answer says of them, or does not say, is that of the fit.'
      : 'The answer leaves them out; that is not an effect of 0.');
  return {
    positions: undetermined ? new Set() : hidden,
    modalities: undetermined ? new Set() : modalities,
    isLeftOut: ({ cause, effect }) => isAlone && (roots.includes(cause) || roots.includes(effect)),
    warnings: [{ code: 'unidentified-effect', text }],
  };
}

/** Returns the latents of modalities whose batches divide the subjects as the cause does. */
function latentsWithSameBatches({ summary, layout }: BatchedModel, { cause }: CauseChange): number[] {
  return layout.modalityOf.flatMap((m, latent) =>
    isRemovedWithBatches(cause.name, summary.columns[m]) ? [latent] : [],
  );
}

function textOf(change: CauseChange): string {
  const [level] = involvedLevels(change);
  return causeText({ from: change.cause.name, level });
}
