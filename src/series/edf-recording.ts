// The signals of an EDF file as a recording in steps: each at its own rate, all on one clock that begins with the file.

import { InputError } from '../errors.js';
import { didYouMean } from '../suggestion.js';
import type { EdfSignal } from './edf.js';
import { possibleValues, type ValueRange } from './samples.js';
import { StepMeans, stepOf, type Recording } from './steps.js';

export interface RecordingForm {
  /** Labels of signals. */
  readonly channels: readonly string[];
  /** Seconds. */
  readonly step: number;
  /** By channel. */
  readonly range: Readonly<Record<string, ValueRange>>;
}

/**
 * @param name of the recording
 * @param path named in errors
 * @throws InputError `missing-channel` where no signal, or more than one, has a channel's label; `not-finite`,
 *   `too-many-steps`
 */
export function edfRecording(
  name: string,
  signals: readonly EdfSignal[],
  { channels, step, range }: RecordingForm,
  path: string,
): Recording {
  const chosen = channels.map((channel) => {
    const found = signals.filter(({ label }) => label === channel);
    if (found.length === 1) return found[0];
    const labels = signals.map(({ label }) => label);
    throw new InputError(
      'missing-channel',
      `${path} has ${found.length === 0 ? 'no signal' : `${found.length} signals`} '${channel}'` +
        `${didYouMean(channel, labels)}; its signals are ${labels.join(', ')}`,
      { path, channel },
    );
  });
  const firsts = chosen.map(({ time }) => stepOf(time(0), step));
  const lasts = chosen.map(({ time, count }) => stepOf(time(count - 1), step));
  const filled = chosen.reduce((sum, { count }) => sum + count, 0);
  const means = new StepMeans(name, channels.length, {
    ...{ first: Math.min(...firsts), last: Math.max(...lasts), filled },
  });
  for (const [i, signal] of chosen.entries()) {
    const channel = channels[i];
    const own = Object.hasOwn(range, channel) ? range[channel] : {};
    for (const [sample, value] of possibleValues(signal.samples(), own, { channel, path }).entries()) {
      means.add(i, stepOf(signal.time(sample), step), value);
    }
  }
  return means.finish();
}
