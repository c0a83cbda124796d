// The effects of the levels of assigned causes on latents and columns, for a report: `intervene` at every level that
// has a supported effect, against the reference. All levels use the same draws of noise.

import { referenceOf, type CauseScales } from '../data/causes.js';
import { InputError } from '../errors/errors.js';
import { actionOf } from './action.js';
import { valueText } from './cause-setting.js';
import type { GenerativeModel } from './generative-model.js';
import { interveneIn, type BaselinePopulation, type Consequence } from './intervene.js';
import { LEVEL } from './question-options.js';
import { latentNames } from './variables.js';
import type { Pace } from '../threads/pace.js';

/** Maximum number of levels of a cause: those with the largest effects. */
const LEVELS = 12;
/** Warnings about effects that an answer lacks. */
const LACKING: readonly string[] = ['unfitted-effect', 'unidentified-effect'];
/** Maximum number of columns of each modality. */
const COLUMNS = 6;

/** The effects of a level, or of a number. */
export interface GridLevel {
  readonly cause: string;
  readonly value: string | number;
  readonly against: string | number;
  /** Latents that are reached, then the columns that move most. */
  readonly reached: readonly Consequence[];
  /** Reason why the effects are not known; `reached` is then empty. */
  readonly refused?: string | undefined;
  /** What `reached` lacks, in words (warnings `unfitted-effect` and `unidentified-effect`). */
  readonly lacking?: readonly string[] | undefined;
}

/** @param baseline population at the reference of all assigned causes */
export async function levelGrid(
  model: GenerativeModel,
  baseline: BaselinePopulation,
  pace: Pace,
): Promise<GridLevel[]> {
  const levels: GridLevel[] = [];
  for (const cause of model.known.causes.filter(({ assigned }) => assigned)) {
    const against = valueText(cause, referenceOf(cause));
    for (const value of valuesOf(model, cause)) {
      const named = { cause: cause.name, value, against };
      try {
        const action = actionOf(model, latentNames(model.summary), { [cause.name]: value });
        const lacking = action.warnings.filter(({ code }) => LACKING.includes(code)).map(({ text }) => text);
        const { consequences } = await interveneIn(model, baseline, action, { level: LEVEL, pace });
        levels.push({ ...named, reached: largest(consequences), ...(lacking.length > 0 && { lacking }) });
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        levels.push({ ...named, reached: [], refused: error.message });
      }
    }
  }
  return levels;
}

/** Returns the levels with supported effects, the largest first; for a number, its highest level or one sd more. */
function valuesOf({ summary, known }: GenerativeModel, { name, kind, levels = [], reference }: CauseScales) {
  const effects = (summary.evidence?.causes?.effects ?? []).filter(
    ({ cause, verdict }) => cause === name && verdict === 'supported',
  );
  if (effects.length === 0) return [];
  if (kind === 'ordered') return [Number(levels[levels.length - 1])];
  if (kind === 'continuous') {
    const { sd = NaN } = known.ranges?.numbers[name] ?? {};
    return Number.isFinite(sd) && sd > 0 ? [Number((reference! + sd).toPrecision(3))] : [];
  }
  const size = new Map<string, number>();
  for (const { level, effect } of effects) {
    size.set(level!, Math.max(size.get(level!) ?? 0, Math.abs(effect?.estimate ?? 0)));
  }
  return [...size.keys()].sort((a, b) => size.get(b)! - size.get(a)!).slice(0, LEVELS);
}

function largest(consequences: readonly Consequence[]): Consequence[] {
  const reach = ({ before, effect }: Consequence): number => Math.abs(effect.mean) / (before.sd || 1);
  const columns = consequences.filter(({ kind }) => kind === 'column').sort((a, b) => reach(b) - reach(a));
  const modalities = [...new Set(columns.map(({ modality }) => modality))];
  return [
    ...consequences.filter(({ kind }) => kind === 'latent'),
    ...modalities.flatMap((one) => columns.filter(({ modality }) => modality === one).slice(0, COLUMNS)),
  ];
}
