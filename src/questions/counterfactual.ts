// Counterfactuals of single subjects under a setting of some latents: abduction of z, η and the noises ε from the
// observed values, action, prediction (Pearl 2009, section 7.1), with the fitted flow as structural equations. The true
// mechanisms must be bijective, too; otherwise the data do not determine a counterfactual. A measured column keeps its
// difference from the decoder output. For a binary, ordinal, categorical or count column, the expected value is
// reported.

import type { Cause } from '../data/causes.js';
import type { ObservedValues } from '../data/dataset.js';
import { subjectsOf } from '../data/select-rows.js';
import type { Warning } from '../quality/index.js';
import { actionOf, type Action } from './action.js';
import { classEffects, type ClassEffect } from './class-effects.js';
import { distributionOf, type Distribution } from './distribution.js';
import { factualCauses } from './factual-causes.js';
import { gapWarnings } from './gap-warnings.js';
import type { GenerativeModel } from './generative-model.js';
import type { ActionOptions, DrawingOptions, Edge, SignalOption } from './question-options.js';
import type { Setting } from './setting.js';
import { modalitiesOf } from './intervene.js';
import { drawSubjects, type SubjectDraws } from './subject-draws.js';
import { Pace } from '../threads/pace.js';
import { columnVariables, latentNames, type ColumnUnit, type ColumnVariable } from './variables.js';

/** A latent or column of one subject. */
export interface SubjectConsequence {
  readonly name: string;
  readonly kind: 'latent' | 'column';
  readonly modality: string;
  readonly unit: 'latent' | ColumnUnit;
  /** True if an effect on the path to this variable follows an assumed direction. */
  readonly assumed: boolean;
  /**
   * Distribution over draws, like the next fields: the value of an observed measurement, draws of a missing one, and
   * the expected value for other kinds of columns.
   */
  readonly factual: Distribution;
  readonly counterfactual: Distribution;
  readonly effect: Distribution;
}

export interface SubjectCounterfactual {
  /** Row in the data set. */
  readonly row: number;
  /** Number of draws that were left out, because no columns correspond to their latents. */
  readonly lost: number;
  /** Empty if nothing determines the direction of a link on the way (warning `direction-unknown`). */
  readonly consequences: readonly SubjectConsequence[];
  /** Edges that effects follow in an assumed direction; the same for every subject. */
  readonly assumed: readonly Edge[];
  /** Effects in the population, as in `InterventionResult`; the same for every subject. */
  readonly overClass?: readonly ClassEffect[] | undefined;
  /** Warnings; the same for every subject. */
  readonly warnings: readonly Warning[];
}

const BIJECTIVE: Warning = {
  code: 'bijective-mechanisms',
  text:
    'A counterfactual assumes that every mechanism is bijective, as in the fitted model: cause and noise determine ' +
    'the effect, and cause and effect determine the noise. The data cannot test this.',
};

/** Number of rows that are drawn together. */
const ROWS_TOGETHER = 4096;
/**
 * Yields the counterfactuals subject by subject.
 * @param values per modality in the model's order, subjects × columns
 * @param rows rows of the requested subjects
 * @param causes observed causes of the subjects, if they are known
 * @throws what `actionOf` and `drawSubjects` throw; InputError `missing-causes`
 */
export async function* counterfactuals(
  model: GenerativeModel,
  {
    values,
    rows,
    causes,
  }: {
    readonly values: readonly ObservedValues[];
    readonly rows: readonly number[];
    readonly causes?: readonly Cause[] | undefined;
  },
  {
    set,
    draws,
    seed,
    level,
    signal,
    causes: stated,
    ...options
  }: { readonly set: Setting; readonly causes?: Setting | undefined } & ActionOptions & DrawingOptions & SignalOption,
): AsyncGenerator<SubjectCounterfactual> {
  const pace = new Pace(signal);
  await pace.rest();
  const action = actionOf(model, latentNames(model.summary), set, { ...options, of: 'subjects', allowsUnknown: true });
  const { assumed, overClass = classEffects(model, { ...action, isOrderAsserted: assumed.length > 0 }) } = action;
  const ofClass = overClass.length > 0 && { overClass };
  if (action.overClass) {
    const unknown = { lost: 0, consequences: [], assumed, ...ofClass, warnings: action.warnings };
    for (const row of rows) yield { row, ...unknown };
    return;
  }
  const factual = factualCauses(model, action, {
    subjects: subjectsOf(values[0], model.summary.columns[0].columns.length),
    rows,
    causes,
    stated,
  });
  const requested = values.map((table, m) => model.selectRows(table, m, rows));
  const warnings = [...action.warnings, BIJECTIVE, ...factual.warnings, ...gapWarnings(model.summary.model, requested)];
  const together = Math.max(1, Math.floor(ROWS_TOGETHER / draws));
  for (let start = 0; start < rows.length; start += together) {
    const part = rows.slice(start, start + together);
    const selected = values.map((table, m) => model.selectRows(table, m, part));
    const terms = Float32Array.from(part.flatMap((row) => [...factual.termsAt(row)]));
    const drawn = await drawSubjects(model, { values: selected, rows: part, terms }, { draws, seed, pace });
    const changed = await change(model, drawn, action, {
      pace,
      termsOfDraw: (at) => factual.termsAt(part[Math.floor(at / draws)]),
    });
    for (const [i, row] of part.entries()) {
      await pace.rest();
      const valid = Array.from({ length: draws }, (_, draw) => i * draws + draw).filter(
        (at) => !drawn.lost.has(at) && !changed.lost.has(at),
      );
      const consequences = consequencesOf(model, { values: selected, drawn, changed, action }, { i, valid, level });
      yield { row, lost: draws - valid.length, consequences, assumed, ...ofClass, warnings };
    }
  }
}

interface Changed {
  readonly z: Float64Array;
  /** Standardised columns before and after, without noise. */
  readonly before: Float32Array;
  readonly after: Float32Array;
  readonly lost: ReadonlySet<number>;
}

async function change(
  model: GenerativeModel,
  { z, v, sizeOf }: SubjectDraws,
  action: Action,
  { pace, termsOfDraw }: { readonly pace: Pace; readonly termsOfDraw: (draw: number) => Float64Array },
): Promise<Changed> {
  const { flow, layout } = model;
  const changed = z.slice();
  for (let first = 0; first < z.length; first += flow.size) {
    if (pace.isDue) await pace.rest();
    const before = termsOfDraw(first / flow.size);
    const [factual, other] = [z, changed].map((all) => all.subarray(first, first + flow.size));
    for (const [position, value] of action.held) other[position] = value;
    for (const latent of action.effects) {
      const after = action.termsSeenBy(latent, before);
      other[latent] = flow.moved(latent, factual, action.seenBy(latent, factual, other), { before, after });
    }
  }
  const reached = new Set(action.moved.map((latent) => layout.modalityOf[latent]));
  const moves = (_: number, m: number): boolean => reached.has(m);
  const eta = model.etaOf(v);
  const before = await model.place(z, eta, { near: v, moves, pace });
  // Exogenous variables do not change: their association with latents may be confounding.
  const after = await model.place(changed, eta, { near: before.v, moves, pace });
  return {
    z: changed,
    before: (await model.read(before.v, { sizeOf, pace })).x,
    after: (await model.read(after.v, { sizeOf, pace })).x,
    lost: new Set([...before.lost, ...after.lost]),
  };
}

interface Worlds {
  readonly values: readonly ObservedValues[];
  readonly drawn: SubjectDraws;
  readonly changed: Changed;
  readonly action: Action;
}

interface SubjectRows {
  /** Position of the subject among the subjects that are drawn together. */
  readonly i: number;
  readonly valid: readonly number[];
  readonly level: number;
}

function consequencesOf(
  model: GenerativeModel,
  { values, drawn, changed, action }: Worlds,
  { i, valid, level }: SubjectRows,
): SubjectConsequence[] {
  const { flow, layout, positions, summary } = model;
  const names = latentNames(summary);
  const compared = (factual: (row: number) => number, counterfactual: (row: number) => number) => {
    const [is, would] = [factual, counterfactual].map((valueOf) => Float64Array.from(valid, valueOf));
    const differences = would.map((value, draw) => value - is[draw]);
    return {
      factual: distributionOf(is, level),
      counterfactual: distributionOf(would, level),
      effect: distributionOf(differences, level),
    };
  };
  const latents = action.moved.map((latent): SubjectConsequence => {
    const modality = layout.modalities[layout.modalityOf[latent]].name;
    const valueOf = (z: Float64Array) => (row: number) => z[row * flow.size + positions[latent]];
    return {
      name: names[latent],
      kind: 'latent',
      modality,
      unit: 'latent',
      assumed: action.assumedLatents.has(latent),
      ...compared(valueOf(drawn.z), valueOf(changed.z)),
    };
  });
  const reached = new Set(action.moved.map((latent) => layout.modalityOf[latent]));
  const columns = columnVariables(summary).filter(({ m }) => reached.has(m));
  const doubtful = modalitiesOf(action.assumedLatents, layout);
  return [
    ...latents,
    ...columns.map((column): SubjectConsequence => {
      const { name, modality, unit, m, at, inUnits, measured } = column;
      const is = observedValue(model, values, column, i);
      const cell = (row: number): number => row * layout.values + at;
      const expected = (row: number): number => changed.before[cell(row)];
      const factual = measured ? (row: number): number => is ?? drawn.drawn[cell(row)] : expected;
      const moved = (row: number): number => changed.after[cell(row)] - expected(row);
      return {
        name,
        kind: 'column',
        modality,
        unit,
        assumed: doubtful.has(m),
        ...compared(
          (row) => inUnits(factual(row)),
          (row) => inUnits(factual(row) + moved(row)),
        ),
      };
    }),
  ];
}

/** Returns the standardised value; undefined if it is missing. */
function observedValue(
  { summary }: GenerativeModel,
  tables: readonly ObservedValues[],
  { m, c }: ColumnVariable,
  i: number,
): number | undefined {
  const { values, observed } = tables[m];
  const at = i * summary.columns[m].columns.length + c;
  return observed?.[at] === 0 ? undefined : values[at];
}
