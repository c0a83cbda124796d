// Texts of answers about latents that are set.

import type { Edge, Setting, SettingValue } from '../questions/index.js';
import { print } from './output.js';

export function settingText(setting: Setting): string {
  return Object.entries(setting)
    .map(([name, value]) => `${name} = ${valueText(value)}`)
    .join(', ');
}

function valueText(value: SettingValue): string {
  return typeof value === 'object' ? `${value.sd >= 0 ? '+' : ''}${value.sd} sd` : String(value);
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
