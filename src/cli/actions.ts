// Common parts of `intervene` and `counterfactual`, which set latents and follow edges.

import { Option, type Command } from 'commander';
import { EDGE_CHOICES, parseSetting, type ActionOptions, type Edge, type Setting } from '../questions/index.js';
import { print } from './output.js';
import { questionOptions, type QuestionFlags } from './questions.js';

export interface ActionFlags extends QuestionFlags, Omit<ActionOptions, 'edges'> {
  set: Setting;
  edges?: (typeof EDGE_CHOICES)[number];
}

/** Adds `--set`, the flags that allow more, and the options of all questions. @param draws as in `questionOptions` */
export function actionOptions(command: Command, draws: string): Command {
  const set = new Option(
    '--set <latents>',
    'Set these latents, as in body.z1=+1sd,blood.z2=0.3. An sd counts from the mean.',
  );
  const edges = new Option(
    '--edges <which>',
    'Effects follow edges that held-out subjects support (default), or all fitted edges.',
  );
  command
    .addOption(set.argParser(parseSetting).makeOptionMandatory())
    .addOption(edges.choices(EDGE_CHOICES))
    .option('--assume-order', "Assume the fit's directions where nothing determines them.")
    .option('--undetermined', 'Allow setting latents that the data do not determine, and mixtures.')
    .option('--unreplicated', 'Allow latents that models of disjoint subjects do not replicate.')
    .option('--untested', 'Answer from a fit whose links and latents were not tested.');
  return questionOptions(command, draws);
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

/** Returns the mark of a row that depends on an assumed direction. */
export function assumedCell({ assumed }: { readonly assumed: boolean }): string {
  return assumed ? 'assumed' : '';
}

export function printAssumed(edges: readonly Edge[]): void {
  if (edges.length === 0) return;
  print(`Assumed directions: ${edges.map(({ from, to }) => `${from} → ${to}`).join(', ')}`);
}

export function printLost(draws: number): void {
  if (draws > 0) print(`${draws} draws were left out, because no columns correspond to their latents`);
}
