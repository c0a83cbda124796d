// The outcomes of a study for `inspect`: numbers of subjects, levels and events.

import { hasOutcome, type Outcome } from '../../data/outcomes.js';
import { quantileOf } from '../../data/ranks.js';
import type { OutcomeReport } from './inspection.js';

/** Outcomes with more levels have no counts. */
const MAX_COUNTED = 200;

/** Returns a report of each outcome. */
export function outcomeReports(outcomes: readonly Outcome[], subjects: number): OutcomeReport[] {
  return outcomes.map((outcome) => {
    const having = Int32Array.from(
      Array.from({ length: subjects }, (_, row) => row).filter((row) => hasOutcome(outcome, row)),
    );
    const { name, kind, measuredIn, covariates } = outcome;
    const lacking = having.reduce(
      (count, row) => count + Number(covariates.some(({ values }) => Number.isNaN(values[row]))),
      0,
    );
    return {
      name,
      kind,
      columns: kind === 'time-to-event' ? [outcome.columns.time, outcome.columns.event] : [outcome.column],
      subjects: having.length,
      ...figuresOf(outcome, having),
      ...(covariates.length > 0 && { adjust: covariates.map(({ column }) => column), lacking }),
      ...(measuredIn.length > 0 && { measuredIn }),
    };
  });
}

function figuresOf(
  outcome: Outcome,
  rows: Int32Array,
): Pick<OutcomeReport, 'events' | 'followUp' | 'levels' | 'range'> {
  if (rows.length === 0) return {};
  if (outcome.kind === 'time-to-event') {
    const times = Float64Array.from(rows, (row) => outcome.times[row]).sort();
    const events = rows.reduce((sum, row) => sum + outcome.events[row], 0);
    return { events, followUp: { median: quantileOf(times, 0.5), max: times[times.length - 1] } };
  }
  const { levels, values } = outcome;
  if (levels && levels.length <= MAX_COUNTED) {
    const counts = new Map<number, number>();
    for (const row of rows) counts.set(values[row], (counts.get(values[row]) ?? 0) + 1);
    return { levels: levels.map((level, position) => ({ level, subjects: counts.get(position) ?? 0 })) };
  }
  const sorted = Float64Array.from(rows, (row) => values[row]).sort();
  return { range: [sorted[0], sorted[sorted.length - 1]] };
}
