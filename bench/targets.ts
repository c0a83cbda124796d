// Targets of the engine, each with the measured figure.

export type Direction = 'at least' | 'at most';

export interface Target {
  readonly name: string;
  readonly unit: string;
  readonly direction: Direction;
  readonly target: number;
  /** null if it could not be measured. The target is then not met. */
  readonly measured: number | null;
  readonly met: boolean;
}

/** Returns a target. @param measured NaN or infinity count as not measured */
export function target(
  name: string,
  measured: number | undefined,
  direction: Direction,
  limit: number,
  unit = '',
): Target {
  const known = measured !== undefined && Number.isFinite(measured) ? measured : null;
  const met = known !== null && (direction === 'at least' ? known >= limit : known <= limit);
  return { name, unit, direction, target: limit, measured: known, met };
}

/** Returns a missed target for a section that ended with an error. */
export function notMeasured(section: string, reason: string): Target {
  return {
    name: `${section}: ${reason.split('\n', 1)[0]}`,
    ...{ unit: '', direction: 'at least', target: 0, measured: null, met: false },
  };
}

export function targetText({ direction, target: limit, unit }: Target): string {
  return `${direction === 'at least' ? '≥' : '≤'} ${figure(limit)}${unit && ` ${unit}`}`;
}

export function measuredText({ measured, unit }: Target): string {
  return measured === null ? 'not measured' : `${figure(measured)}${unit && ` ${unit}`}`;
}

/** Formats a number with three significant digits, or as a whole number from 1,000 on. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
  return digits.toLocaleString('en');
}
