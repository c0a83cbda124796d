// do(z): which latents get which value and what follows from it, with the reasons why it may not be asked, or must be
// read with care.

import { InputError } from '../errors.js';
import type { Warning } from '../quality/index.js';
import type { GenerativeModel } from './generative-model.js';
import { latentPosition, type Setting } from './setting.js';

export interface ActionOptions {
  /** Set latents that the data do not determine all the same. Default: false. */
  readonly undetermined?: boolean | undefined;
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
  { undetermined = false }: ActionOptions = {},
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
  const following = flow.effectsOf(held.keys());
  const effects = flow.order.filter((position) => following.has(position));
  const moved = [...positions.keys()].filter(
    (latent) => held.has(positions[latent]) || following.has(positions[latent]),
  );
  return {
    set,
    held,
    effects,
    moved,
    warnings: [
      ...beyondTraining(model, set, latents),
      ...unclearEffects(
        model,
        names,
        moved.filter((latent) => undetermined || !latents.includes(latent)),
      ),
      ...withdrawnEdges(model, names, moved),
      ...notTested(model),
    ],
  };
}

function checkDetermined({ summary }: GenerativeModel, names: readonly string[], latents: readonly number[]): void {
  const { determination } = summary;
  const unclear = latents.find((latent) => determination?.determined[latent] === false);
  if (unclear === undefined) return;
  throw new InputError(
    'undetermined-latent',
    `${names[unclear]} is not determined by the data: an equally good restart of the fit has a mixture of latents in ` +
      `its place (|Spearman| ${determination!.agreement[unclear].toFixed(2)}), so setting it alone means nothing ` +
      'certain. Ask about a determined latent, or say --undetermined (undetermined: true) to set it all the same.',
    { latent: names[unclear] },
  );
}

function beyondTraining({ ranges }: GenerativeModel, set: readonly SetLatent[], latents: readonly number[]): Warning[] {
  return set.flatMap(({ name, value, sd }, i) => {
    const { low, high } = ranges.latents[latents[i]];
    if (value >= low && value <= high) return [];
    return [
      {
        code: 'beyond-training',
        text:
          `${name} = ${value.toPrecision(3)} (${sd.toFixed(1)} sd) is beyond what training saw: 98 % of its subjects ` +
          `lie between ${low.toPrecision(3)} and ${high.toPrecision(3)}. What follows is extrapolated.`,
      },
    ];
  });
}

function unclearEffects({ summary }: GenerativeModel, names: readonly string[], latents: readonly number[]): Warning[] {
  const unclear = latents.filter((latent) => summary.determination?.determined[latent] === false);
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
function withdrawnEdges({ summary }: GenerativeModel, names: readonly string[], moved: readonly number[]): Warning[] {
  const reached = new Set(moved.map((latent) => names[latent]));
  const withdrawn = (summary.evidence?.withdrawn ?? []).filter(({ from, to }) => reached.has(from) && reached.has(to));
  if (withdrawn.length === 0) return [];
  const listed = withdrawn.map(({ from, to }) => `${from} → ${to}`).join(', ');
  return [
    {
      code: 'withdrawn-edge',
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
