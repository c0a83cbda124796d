// interlatent intervene RUN --set body.z1=+1sd: what would change in the population (docs/questions.md).

import { Command, Option } from 'commander';
import type { Consequence, InterventionResult, Setting } from '../questions/index.js';
import { actionOptions, edgesAsked, intervalText, printLost, settingText, type ActionFlags } from './actions.js';
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
difference with its Monte Carlo interval. How sure the fit is of its graph and latents is another matter: see the
warnings, and docs/questions.md.`,
    )
    .action(async (run: string, { set, show, out, json, withoutWithdrawn, ...options }: Flags) => {
      const result = await askModel(run, (model) =>
        model.intervene(set, { ...options, ...edgesAsked(model, { withoutWithdrawn }) }),
      );
      const consequences = result.consequences.filter(({ kind }) => show === 'columns' || kind === 'latent');
      if (out !== undefined) await writeRecords(out, consequences.map(record));
      if (json) printJson({ ...result, consequences, ...(out !== undefined && { out }) });
      else printResult(set, { ...result, consequences }, out);
    });
}

function record({ name, kind, modality, unit, before, after, effect }: Consequence): Record<string, string | number> {
  return {
    ...{ name, kind, modality, unit },
    ...{ before: before.mean, before_sd: before.sd, before_low: before.low, before_high: before.high },
    ...{ after: after.mean, after_sd: after.sd, after_low: after.low, after_high: after.high },
    ...{ effect: effect.mean, effect_low: effect.low, effect_high: effect.high },
  };
}

function printResult(
  setting: Setting,
  { consequences, draws, lost, level, warnings }: InterventionResult,
  out?: string,
) {
  print(`do(${settingText(setting)}), ${draws} draws; intervals hold the middle ${Math.round(100 * level)} %`);
  print(
    table(
      ['', 'before', 'after', 'interval after', 'effect', 'Monte Carlo interval'],
      consequences.map(({ name, before, after, effect }) => [
        name,
        before.mean,
        after.mean,
        intervalText(after),
        effect.mean,
        intervalText(effect),
      ]),
    ),
  );
  printLost(lost);
  printWarnings(warnings);
  if (out !== undefined) print(`Written to ${out}`);
}
