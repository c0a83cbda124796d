// Cuts recordings into rows of equal length: windows of the clock, or the beginning of each recording.

import { InputError } from '../errors/errors.js';
import type { Recording } from './steps.js';

/** How recordings become rows; lengths are in steps. */
export type Cut =
  /** Windows that begin every `hop` steps of the clock. `minObserved`: minimum share of observed values of a window. */
  | { readonly window: number; readonly hop: number; readonly minObserved: number }
  /** Whole recordings: the first `length` steps of each; undefined if all have the same length. */
  | { readonly length: number | undefined };

/** Rows of one length, each from one recording. */
export interface SeriesRows {
  readonly steps: number;
  readonly ids: readonly string[];
  /** Position of the recording of each row. */
  readonly recordings: Int32Array;
  /** Number of windows with too few values. */
  readonly sparse: number;
  /** Writes the values of a row, channels × steps; NaN where missing. */
  readonly read: (row: number, into: Float64Array) => void;
}

/**
 * Cuts recordings into rows. A window is named `recording#k` and begins at step k · hop of the clock, so simultaneous
 * windows of several devices have the same name. It is completely inside of its recording.
 *
 * @param channels number of channels of the recordings
 * @throws InputError `no-windows` if every recording is shorter than a window, or no window has enough values;
 *   `lengths-differ` if whole recordings have different lengths
 */
export function cutRecordings(recordings: readonly Recording[], channels: number, cut: Cut): SeriesRows {
  return 'window' in cut ? windowsOf(recordings, channels, cut) : wholeRows(recordings, cut.length);
}

function windowsOf(
  recordings: readonly Recording[],
  channels: number,
  { window, hop, minObserved }: Extract<Cut, { window: number }>,
): SeriesRows {
  const ids: string[] = [];
  const places: { readonly recording: number; readonly start: number }[] = [];
  let sparse = 0;
  const values = new Float64Array(channels * window);
  for (const [recording, one] of recordings.entries()) {
    const { name, first, steps } = one;
    for (let k = Math.ceil(first / hop); k * hop + window <= first + steps; k++) {
      const start = k * hop - first;
      copySteps(one, { start, length: window }, values);
      const observed = values.reduce((sum, value) => sum + Number(!Number.isNaN(value)), 0);
      if (observed === 0 || observed < minObserved * values.length) {
        sparse++;
        continue;
      }
      ids.push(`${name}#${k}`);
      places.push({ recording, start });
    }
  }
  if (ids.length === 0) {
    const longest = Math.max(...recordings.map(({ steps }) => steps));
    throw new InputError(
      'no-windows',
      longest < window
        ? `a window has ${window} steps, but the longest recording has ${longest}; shorten window`
        : `of ${sparse} windows none has ${100 * minObserved} % of its values; lower minObserved, or lengthen step`,
      { longest, sparse },
    );
  }
  return {
    steps: window,
    ids,
    recordings: Int32Array.from(places, ({ recording }) => recording),
    sparse,
    read: (row, into) => {
      const { recording, start } = places[row];
      copySteps(recordings[recording], { start, length: window }, into);
    },
  };
}

function wholeRows(recordings: readonly Recording[], length: number | undefined): SeriesRows {
  const [first] = recordings;
  const steps = length ?? first.steps;
  const other = recordings.find((recording) => recording.steps !== first.steps);
  if (length === undefined && other) {
    throw new InputError(
      'lengths-differ',
      `recording ${first.name} has ${first.steps} steps and ${other.name} ${other.steps}; write length (longer ones ` +
        'are cut, what shorter ones lack is missing), or window',
      { recordings: [first.name, other.name] },
    );
  }
  return {
    steps,
    ids: recordings.map(({ name }) => name),
    recordings: Int32Array.from(recordings.keys()),
    sparse: 0,
    read: (row, into) => {
      copySteps(recordings[row], { start: 0, length: steps }, into);
    },
  };
}

/** Copies steps of a recording by channel; NaN after its end. */
function copySteps(
  { steps, values }: Pick<Recording, 'steps' | 'values'>,
  { start, length }: { readonly start: number; readonly length: number },
  into: Float64Array,
): void {
  const channels = into.length / length;
  into.fill(NaN);
  const end = Math.min(start + length, steps);
  for (let channel = 0; channel < channels; channel++) {
    into.set(values.subarray(channel * steps + start, channel * steps + end), channel * length);
  }
}
