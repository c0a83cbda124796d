// interlatent intervene RUN --set body.z1=+1sd: effects of intervening in the population (docs/reference/questions.md).

import { Command, Option } from 'commander';
import type { Consequence, InterventionResult, QuestionOptions, Setting } from '../questions/index.js';
import { decimals } from '../text/numbers.js';
import { actionRecords, assumedCell, intervalText, printAction, settingText } from './actions.js';
import { print, printJson, table } from './output.js';
import { askModel, printWarnings, questionOptions, writeRecords, type AnswerFlags } from './questions.js';
import { describe } from './help.js';

interface Flags extends AnswerFlags, QuestionOptions<'intervene'> {
  readonly set: Setting;
  readonly show: 'latents' | 'columns';
}

export function interveneCommand(): Command {
  const command = new Command('intervene')
    .argument('<run>', 'RUN folder of a fit.')
    .addOption(
      new Option('--show <what>', 'Show latents, or also all measured columns.')
        .choices(['latents', 'columns'])
        .default('latents'),
    );
  return describe(questionOptions(command, 'intervene'), {
    description:
      'Shows what every downstream latent and column would be in the population if some latents or observed causes ' +
      'were set: do(z).',
    examples: [
      'interlatent intervene runs/study --set body.z1=+1sd',
      ['interlatent intervene runs/trial --set arm=treated --against placebo', 'effect of an observed cause'],
      ['interlatent intervene runs/study --set body.z1=+1sd --show columns --out effects.csv', 'with all columns'],
    ],
    details: [
      'The columns before and after describe the population without and with the intervention, for the same draws of ' +
        'noise. The effect is the mean difference. Its simulation error is how much another seed might change it; ' +
        'the uncertainty of graph, mechanisms and latents is not included.',
      'Effects follow links that held-out subjects support. If nothing determines the direction of a link on the ' +
        'way, the answer is the effect over all equally good graphs, or says that it is not identified. See ' +
        'docs/reference/questions.md.',
    ],
  }).action(async (run: string, { set, show, out, json, ...options }: Flags) => {
    const result = await askModel(run, (model) => model.intervene(set, options));
    const consequences = result.consequences.filter(({ kind }) => show === 'columns' || kind === 'latent');
    const isMeasured = consequences.some(({ heldOut }) => heldOut !== undefined);
    const records = actionRecords(result, () => consequences.map((one) => record(one, isMeasured)));
    if (out !== undefined) await writeRecords(out, records);
    if (json) printJson({ ...result, consequences, ...(out !== undefined && { out }) });
    else printResult(set, { ...result, consequences }, out);
  });
}

/** @param isMeasured true if held-out subjects show the effect on some latent */
function record(
  { name, kind, modality, unit, assumed, before, after, effect, heldOut }: Consequence,
  isMeasured: boolean,
): Record<string, string | number> {
  return {
    name,
    kind,
    modality,
    unit,
    before: before.mean,
    before_sd: before.sd,
    before_low: before.low,
    before_high: before.high,
    after: after.mean,
    after_sd: after.sd,
    after_low: after.low,
    after_high: after.high,
    effect: effect.mean,
    effect_simulation_error: effect.simulationError,
    direction: assumedCell({ assumed }),
    ...(isMeasured && {
      held_out_sd: heldOut?.estimate ?? NaN,
      held_out_low: heldOut?.lower ?? NaN,
      held_out_high: heldOut?.upper ?? NaN,
    }),
  };
}

/** Returns the simulation error. That of a constant shift is rounding alone. */
function errorText({ mean, simulationError }: Consequence['effect']): string {
  return simulationError < 1e-9 * Math.abs(mean) ? '0' : simulationError.toPrecision(2);
}

function printEffects(consequences: readonly Consequence[]): void {
  print(
    table(
      ['', 'before', 'after', 'interval after', 'effect', 'simulation error', 'direction'],
      consequences.map(({ name, before, after, effect, ...one }) => [
        name,
        before.mean,
        after.mean,
        intervalText(after),
        effect.mean,
        `± ${errorText(effect)}`,
        assumedCell(one),
      ]),
    ),
  );
  const measured = consequences.flatMap(({ name, heldOut }) => (heldOut ? [{ name, ...heldOut }] : []));
  if (measured.length === 0) return;
  print(
    table(
      ['in held-out subjects', 'effect, sd at the reference', '95 % interval'],
      measured.map(({ name, estimate, lower, upper }) => [
        name,
        decimals(estimate),
        `${decimals(lower)} … ${decimals(upper)}`,
      ]),
    ),
  );
}

function printResult(setting: Setting, result: InterventionResult, out?: string): void {
  const { causes = [], consequences, draws, level, warnings } = result;
  const action = `do(${settingText(setting)})`;
  printAction(result, {
    heading: `${action}, ${draws} draws; intervals hold the middle ${Math.round(100 * level)} % of subjects`,
    unknown: `${action}: only effects over all equally good graphs are known`,
    printValues: () => {
      const before = causes.map(({ name, against }) => `${name} = ${against}`).join(', ');
      if (causes.length > 0) {
        print(`before: ${before}${causes.some(({ extrapolation }) => extrapolation) ? '; extrapolated' : ''}`);
      }
      if (consequences.length === 0) print('No latent changes along the edges that effects follow.');
      else printEffects(consequences);
    },
    note: 'Simulation error: possible difference with another seed. It excludes the uncertainty of the fit.',
  });
  printWarnings(warnings);
  if (out !== undefined) print(`Written to ${out}`);
}
