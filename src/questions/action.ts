// do(z): which latents get which value and what follows from it, with the reasons why it may not be asked, or must be
// read with care.

import { InputError } from '../errors.js';
import type { Warning } from '../quality/index.js';
import type { GenerativeModel } from './generative-model.js';
import type { Takes } from './latent-flow.js';
import { latentPosition, type Setting } from './setting.js';

export interface ActionOptions {
  /** Set latents that the data do not determine all the same. Default: false. */
  readonly undetermined?: boolean | undefined;
  /**
   * Edges that effects go along, as `graph.edges`; effects of others keep what they were. All that the fitted flow has,
   * withdrawn ones too, when left out.
   */
  readonly edges?: readonly Edge[] | undefined;
}

/** From cause to effect, latents by name. */
interface Edge {
  readonly from: string;
  readonly to: string;
}

/** A latent that is set. */
export interface SetLatent {
  readonly name: string;
  readonly value: number;
  /** The same in standard deviations from the mean of the training subjects. */
  readonly sd: number;
}

export interface Action {
  readonly set: readonly SetLatent[];
  /** Values by position in the flow. */
  readonly held: ReadonlyMap<number, number>;
  /** Positions in the flow of what follows, causes before effects. */
  readonly effects: readonly number[];
  /** Latents of the modalities that are set or follow. */
  readonly moved: readonly number[];
  /** What the mechanism of a latent sees of the others: those whose edge is left out are as they were. */
  readonly seenBy: (latent: number, before: Float64Array, after: Float64Array) => Float64Array;
  readonly warnings: readonly Warning[];
}

/**
 * @param names of the latents of the modalities
 * @throws InputError `unknown-latent`; `invalid-setting` when nothing is set, a value is no number, or copies of a
 *   shared latent are set apart; `undetermined-latent`
 */
export function actionOf(
  model: GenerativeModel,
  names: readonly string[],
  setting: Setting,
  { undetermined = false, edges }: ActionOptions = {},
): Action {
  const { flow, positions, ranges } = model;
  const held = new Map<number, number>();
  const latents: number[] = [];
  const set = Object.entries(setting).map(([name, given]): SetLatent => {
    const latent = latentPosition(name, names);
    const { mean, sd } = ranges.latents[latent];
    const value = typeof given === 'number' ? given : mean + given.sd * sd;
    const known = held.get(positions[latent]);
    if (!Number.isFinite(value) || (known !== undefined && known !== value)) {
      const problem = Number.isFinite(value)
        ? 'is shared with another latent that is set to another value'
        : 'is no number';
      throw new InputError('invalid-setting', `The value of ${name} ${problem}.`, { latent: name });
    }
    held.set(positions[latent], value);
    latents.push(latent);
    return { name, value, sd: (value - mean) / sd };
  });
  if (set.length === 0) throw new InputError('invalid-setting', 'Nothing is set; write for example body.z1=+1sd.');
  if (!undetermined) checkDetermined(model, names, latents);
  const takes = edgesTaken(model, names, edges);
  const following = flow.effectsOf(held.keys(), takes);
  const effects = flow.order.filter((position) => following.has(position));
  const moved = [...positions.keys()].filter(
    (latent) => held.has(positions[latent]) || following.has(positions[latent]),
  );
  return {
    set,
    held,
    effects,
    moved,
    seenBy: edges === undefined ? (_, __, after) => after : takenFrom(takes, effects, flow.order),
    warnings: [
      ...beyondTraining(model, set, latents),
      ...unclearEffects(
        model,
        names,
        moved.filter((latent) => undetermined || !latents.includes(latent)),
      ),
      ...unsupportedEdges(model, names, moved, takes),
      ...notTested(model),
    ],
  };
}

/** Whether an edge is taken, by positions in the flow. @throws InputError `unknown-latent` */
function edgesTaken(
  { positions }: GenerativeModel,
  names: readonly string[],
  edges: readonly Edge[] | undefined,
): Takes {
  if (edges === undefined) return () => true;
  const place = (name: string): number => positions[latentPosition(name, names)];
  const taken = new Set(edges.map(({ from, to }) => `${place(from)} ${place(to)}`));
  return (cause, effect) => taken.has(`${cause} ${effect}`);
}

/** What each effect sees where only some edges are taken. @param all positions in the flow */
function takenFrom(takes: Takes, effects: readonly number[], all: readonly number[]): Action['seenBy'] {
  const kept = new Map(effects.map((effect) => [effect, all.filter((cause) => !takes(cause, effect))]));
  return (latent, before, after) => {
    const seen = after.slice();
    for (const cause of kept.get(latent)!) seen[cause] = before[cause];
    return seen;
  };
}

/** Whether the data determine a latent, so that setting it alone means something. */
export function isDetermined({ summary }: GenerativeModel, latent: number): boolean {
  return summary.determination?.determined[latent] !== false;
}

function checkDetermined(model: GenerativeModel, names: readonly string[], latents: readonly number[]): void {
  const unclear = latents.find((latent) => !isDetermined(model, latent));
  if (unclear === undefined) return;
  const agreement = model.summary.determination!.agreement[unclear];
  throw new InputError(
    'undetermined-latent',
    `${names[unclear]} is not determined by the data: an equally good restart of the fit has a mixture of latents in ` +
      `its place (|Spearman| ${agreement.toFixed(2)}), so setting it alone means nothing ` +
      'certain. Ask about a determined latent, or say --undetermined (undetermined: true) to set it all the same.',
    { latent: names[unclear] },
  );
}

function beyondTraining({ ranges }: GenerativeModel, set: readonly SetLatent[], latents: readonly number[]): Warning[] {
  return set.flatMap(({ name, value, sd }, i) => {
    const { low, high } = ranges.latents[latents[i]];
    if (value >= low && value <= high) return [];
    const whose = ranges.sample ? `a sample of ${ranges.sample.train} subjects` : 'its subjects';
    return [
      {
        code: 'beyond-training',
        text:
          `${name} = ${value.toPrecision(3)} (${sd.toFixed(1)} sd) is beyond what training saw: 98 % of ${whose} ` +
          `lie between ${low.toPrecision(3)} and ${high.toPrecision(3)}. What follows is extrapolated.`,
      },
    ];
  });
}

function unclearEffects(model: GenerativeModel, names: readonly string[], latents: readonly number[]): Warning[] {
  const unclear = latents.filter((latent) => !isDetermined(model, latent));
  if (unclear.length === 0) return [];
  const listed = unclear.map((latent) => names[latent]).join(', ');
  return [
    {
      code: 'undetermined-latent',
      text: `${listed}: determined by the data up to mixing within the modality only.`,
    },
  ];
}

/** The flow still has the edges that cross-fitting took out of the graph. */
function unsupportedEdges(
  { summary, positions }: GenerativeModel,
  names: readonly string[],
  moved: readonly number[],
  takes: Takes,
): Warning[] {
  const reached = new Set(moved.map((latent) => names[latent]));
  const unsupported = (summary.evidence?.unsupported ?? []).filter(({ from, to }) => {
    const [cause, effect] = [from, to].map((name) => positions[names.indexOf(name)]);
    return reached.has(from) && reached.has(to) && takes(cause, effect);
  });
  if (unsupported.length === 0) return [];
  const listed = unsupported.map(({ from, to }) => `${from} → ${to}`).join(', ');
  return [
    {
      code: 'unsupported-edge',
      text:
        `${listed} did not stand up to cross-fitting and left the graph: what follows through there is what the fit ` +
        'alone believes (docs/evidence.md).',
    },
  ];
}

function notTested({ summary }: GenerativeModel): Warning[] {
  if (summary.evidence?.tested) return [];
  return [
    {
      code: 'no-evidence',
      text: 'Nothing is known of the edges but that the fit found them: none was tested on subjects that no model saw.',
    },
  ];
}
