// Texts and tables of answers about latents that are set.

import { overClassText } from '../conclusions/index.js';
import type { ClassEffect, Edge, Setting, SettingValue } from '../questions/index.js';
import type { Warning } from '../quality/index.js';
import { print, wrapped } from './output.js';

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

function printAssumed(edges: readonly Edge[]): void {
  if (edges.length === 0) return;
  print(`Assumed directions: ${edges.map(({ from, to }) => `${from} → ${to}`).join(', ')}`);
}

/** True if an answer has only effects over all equally good graphs. */
function hasUnknownDirection(warnings: readonly Warning[]): boolean {
  return warnings.some(({ code }) => code === 'direction-unknown');
}

/** Prints the effects over all equally good graphs. */
function printOverClass(effects: readonly ClassEffect[] = []): void {
  for (const { name, overClass } of effects) {
    print(wrapped(`Effect on ${name} in held-out subjects: ${overClassText(overClass)}.`));
  }
}

/** What the answers to both questions have. */
interface Answer {
  readonly assumed: readonly Edge[];
  readonly lost: number;
  readonly overClass?: readonly ClassEffect[] | undefined;
  readonly warnings: readonly Warning[];
}

interface Texts {
  readonly heading: string;
  /** Replaces the heading if nothing determines a direction on the way. Then there are no values. */
  readonly unknown: string;
  readonly printValues: () => void;
  readonly note?: string;
}

/** Prints an answer: its values and what they depend on, or its effects over all equally good graphs. */
export function printAction({ assumed, lost, overClass, warnings }: Answer, texts: Texts): void {
  if (hasUnknownDirection(warnings)) {
    print(texts.unknown);
    printOverClass(overClass);
    return;
  }
  print(texts.heading);
  texts.printValues();
  printAssumed(assumed);
  printOverClass(overClass);
  if (texts.note !== undefined) print(wrapped(texts.note));
  printLost(lost);
}

/** Returns the rows of a table: those of the values, or the effects over all equally good graphs. */
export function actionRecords(
  { overClass = [], warnings }: Answer,
  valueRecords: () => Record<string, string | number>[],
): Record<string, string | number>[] {
  return hasUnknownDirection(warnings) ? overClass.map(overClassRecord) : valueRecords();
}

/** Returns the row of a table for an effect that depends on a direction that nothing determines. */
function overClassRecord({ name, modality, overClass }: ClassEffect): Record<string, string | number> {
  const { verdict, reason = '', lower = NaN, upper = NaN } = overClass;
  return { name, kind: 'latent', modality, verdict, reason, effect_sd_low: lower, effect_sd_high: upper };
}

function printLost(draws: number): void {
  if (draws > 0) print(`${draws} draws were left out, because no columns correspond to their latents`);
}
