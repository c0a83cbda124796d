// Converts the signals of an EDF file, which have different rates, to a recording in steps of one clock. The clock
// begins with the file.

import { InputError } from '../errors/errors.js';
import { didYouMean } from '../errors/suggestion.js';
import type { EdfSignal } from './edf.js';
import { possibleValues, type ValueRange } from './samples.js';
import { StepMeans, stepOf, type Recording } from './steps.js';

export interface RecordingForm {
  /** Labels of the signals. */
  readonly channels: readonly string[];
  /** Length of a step in seconds. */
  readonly step: number;
  /** Possible values of each channel. */
  readonly range: Readonly<Record<string, ValueRange>>;
}

/**
 * Returns the recording of an EDF file.
 * @param name name of the recording
 * @param path path for errors
 * @throws InputError `missing-channel` if no signal, or more than one, has the label of a channel; `not-finite`,
 *   `too-many-steps`
 */
export function edfRecording(
  name: string,
  signals: readonly EdfSignal[],
  { channels, step, range }: RecordingForm,
  path: string,
): Recording {
  const selected = channels.map((channel) => {
    const matches = signals.filter(({ label }) => label === channel);
    if (matches.length === 1) return matches[0];
    const labels = signals.map(({ label }) => label);
    throw new InputError(
      'missing-channel',
      `${path} has ${matches.length === 0 ? 'no signal' : `${matches.length} signals`} '${channel}'` +
        `${didYouMean(channel, labels)}; its signals are ${labels.join(', ')}`,
      { path, channel },
    );
  });
  const firsts = selected.map(({ time }) => stepOf(time(0), step));
  const lasts = selected.map(({ time, count }) => stepOf(time(count - 1), step));
  const filled = selected.reduce((sum, { count }) => sum + count, 0);
  const means = new StepMeans(name, channels.length, { first: Math.min(...firsts), last: Math.max(...lasts), filled });
  for (const [i, signal] of selected.entries()) {
    const channel = channels[i];
    const limits = Object.hasOwn(range, channel) ? range[channel] : {};
    for (const [sample, value] of possibleValues(signal.samples(), limits, { channel, path }).entries()) {
      means.add(i, stepOf(signal.time(sample), step), value);
    }
  }
  return means.finish();
}
