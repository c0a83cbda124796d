// What the engine is to reach, one row each: the measured figure beside its target.

export type Direction = 'at least' | 'at most';

export interface Target {
  readonly name: string;
  readonly unit: string;
  readonly direction: Direction;
  readonly target: number;
  /** null when it could not be measured; then it is not met. */
  readonly measured: number | null;
  readonly met: boolean;
}

/** @param measured NaN or infinity count as not measured */
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

/** A section that ended with an error: nothing it was to show has been shown. */
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

/** Three significant digits, thousands in full. */
export function figure(value: number): string {
  const digits = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
  return digits.toLocaleString('en');
}
