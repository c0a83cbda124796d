// A card on missing data for the front of the page. Maps, patterns and counts of columns are in a section below.

import type { Inspection } from '../../study/inspection/inspection.js';
import { count, counted, percent } from '../../text/numbers.js';
import type { ReportInput } from '../input.js';
import { markup, type Markup } from './markup.js';
import { details } from './section.js';

/** Returns the card, or undefined if nothing is missing or nothing is known about it. */
export function missingCard({ subjects, summary }: ReportInput): Markup | undefined {
  const inspection = subjects?.inspection;
  const warnings = summary.quality.warnings.filter(({ code }) => isOfMissingData(code));
  const text = inspection && missingText(inspection);
  if (text === undefined && warnings.length === 0) return undefined;
  const list = markup`<ul>${warnings.map((warning) => markup`<li>${warning.text}</li>`)}</ul>`;
  return markup`<div><h2>Missing data</h2><p>${text} <a href="#study">Details</a></p>
${warnings.length === 0 ? undefined : details(counted(warnings.length, 'warning'), list)}</div>`;
}

/** Codes of warnings about missing data (src/training/fit-warnings.ts). */
export function isOfMissingData(code: string): boolean {
  return code.startsWith('missing') || code === 'few-of-modality' || code === 'few-in-common';
}

function missingText({ missing, known, shared, subjects, complete, modalities }: Inspection): string | undefined {
  if (missing === 'drop') {
    const dropped = known - subjects;
    if (dropped === 0) return undefined;
    return (
      `${count(dropped)} of ${counted(known, 'subject')} are left out: ${count(known - shared)} lack a modality, ` +
      `and ${count(shared - subjects)} lack a value.`
    );
  }
  if (complete === subjects) return undefined;
  const lacking = modalities
    .map(({ name, joined }) => ({ name, share: 1 - joined / subjects }))
    .filter(({ share }) => share > 0);
  const which = lacking.map(({ name, share }) => `${percent(share)} lack ${name}`).join(', ');
  return (
    `${count(subjects - complete)} of ${counted(subjects, 'subject')} lack a value or a modality` +
    `${which === '' ? '' : ` (${which})`}. Their observed values are used.`
  );
}
