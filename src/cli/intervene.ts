// interlatent intervene RUN --set body.z1=+1sd: what would change in the population (docs/questions.md).

import { Command, Option } from 'commander';
import type { Consequence, InterventionResult, Setting } from '../questions/index.js';
import {
  actionOptions,
  assumedCell,
  intervalText,
  printAssumed,
  printLost,
  settingText,
  type ActionFlags,
} from './actions.js';
import { print, printJson, table } from './output.js';
import { askModel, printWarnings, writeRecords } from './questions.js';

interface Flags extends ActionFlags {
  show: 'latents' | 'columns';
}

export function interveneCommand(): Command {
  const command = new Command('intervene')
    .description('what every latent and column downstream would be if some latents were set: do(z), in the population')
    .argument('<run>', 'RUN folder of a fit')
    .addOption(new Option('--show <what>', 'what is told').choices(['latents', 'columns']).default('latents'));
  return actionOptions(command, '4000')
    .addHelpText(
      'after',
      `
Example: one standard deviation more of the first latent of body, and what that does to all measured columns
  interlatent intervene runs/study --set body.z1=+1sd --show columns --out effects.csv

before and after are the population without and with the intervention, for the same draws of noise; effect is the mean
difference. Its simulation error says how far another seed might lie away; how sure the fit is of its graph, mechanisms
and latents is not in it. Effects follow links that held-out subjects support. Where nothing determines the direction of
a link on the way, the answer is not known, and the question is refused (docs/questions.md).`,
    )
    .action(async (run: string, { set, show, out, json, ...options }: Flags) => {
      const result = await askModel(run, (model) => model.intervene(set, options));
      const consequences = result.consequences.filter(({ kind }) => show === 'columns' || kind === 'latent');
      if (out !== undefined) await writeRecords(out, consequences.map(record));
      if (json) printJson({ ...result, consequences, ...(out !== undefined && { out }) });
      else printResult(set, { ...result, consequences }, out);
    });
}

function record({
  name,
  kind,
  modality,
  unit,
  assumed,
  before,
  after,
  effect,
}: Consequence): Record<string, string | number> {
  return {
    ...{ name, kind, modality, unit },
    ...{ before: before.mean, before_sd: before.sd, before_low: before.low, before_high: before.high },
    ...{ after: after.mean, after_sd: after.sd, after_low: after.low, after_high: after.high },
    ...{ effect: effect.mean, effect_simulation_error: effect.simulationError, direction: assumedCell({ assumed }) },
  };
}

function printResult(
  setting: Setting,
  { consequences, draws, lost, level, assumed, warnings }: InterventionResult,
  out?: string,
) {
  print(
    `do(${settingText(setting)}), ${draws} draws; intervals hold the middle ${Math.round(100 * level)} % of subjects`,
  );
  print(
    table(
      ['', 'before', 'after', 'interval after', 'effect', 'simulation error', 'direction'],
      consequences.map(({ name, before, after, effect, ...one }) => [
        name,
        before.mean,
        after.mean,
        intervalText(after),
        effect.mean,
        `± ${effect.simulationError.toPrecision(2)}`,
        assumedCell(one),
      ]),
    ),
  );
  printAssumed(assumed);
  print('Simulation error: how far another seed might lie away. Uncertainty of the fit is not in it.');
  printLost(lost);
  printWarnings(warnings);
  if (out !== undefined) print(`Written to ${out}`);
}
