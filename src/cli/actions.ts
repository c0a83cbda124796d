// What intervene and counterfactual have in common: latents are set, and effects go along edges.

import { Option, type Command } from 'commander';
import type { MultimodalCausalModel } from '../multimodal-causal-model.js';
import { parseSetting, type InterventionOptions, type Setting } from '../questions/index.js';
import { print } from './output.js';
import { questionOptions, type QuestionFlags } from './questions.js';

export interface ActionFlags extends QuestionFlags {
  set: Setting;
  undetermined?: boolean;
  withoutWithdrawn?: boolean;
}

/** `--set`, `--undetermined`, `--without-withdrawn`, and what all questions take. @param draws as `questionOptions` */
export function actionOptions(command: Command, draws: string): Command {
  const set = new Option('--set <latents>', 'latents and their values, as body.z1=+1sd,blood.z2=0.3; sd from the mean');
  command
    .addOption(set.argParser(parseSetting).makeOptionMandatory())
    .option('--undetermined', 'set latents that the data do not determine all the same')
    .option('--without-withdrawn', 'no effects along edges that were withdrawn, as in the report');
  return questionOptions(command, draws);
}

/** Of all edges that the flow has, or of those of the graph alone. */
export function edgesAsked(
  { graph }: MultimodalCausalModel,
  { withoutWithdrawn = false }: Pick<ActionFlags, 'withoutWithdrawn'>,
): Pick<InterventionOptions, 'edges'> {
  return withoutWithdrawn ? { edges: graph.edges } : {};
}

export function settingText(setting: Setting): string {
  return Object.entries(setting)
    .map(
      ([name, value]) => `${name} = ${typeof value === 'number' ? value : `${value.sd >= 0 ? '+' : ''}${value.sd} sd`}`,
    )
    .join(', ');
}

export function intervalText({ low, high }: { readonly low: number; readonly high: number }): string {
  return `${low.toPrecision(3)} … ${high.toPrecision(3)}`;
}

export function printLost(draws: number): void {
  if (draws > 0) print(`${draws} draws were left out: no columns belong to their latents`);
}
