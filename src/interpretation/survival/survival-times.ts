// Times with events in the order of time, and the groups of equal times that all functions of this folder go through.

import { InputError } from '../../errors/errors.js';

/** Times until an event, or until the last observation. */
export interface SurvivalTimes {
  /** From 0 on, finite. */
  readonly times: Float64Array;
  /** 1 if the event happened at the time, 0 if the subject was observed until then without it. */
  readonly events: ArrayLike<number>;
}

/** Subjects whose times are equal. */
export interface TimeGroup {
  readonly time: number;
  /** Subjects with the event at this time. */
  readonly deaths: readonly number[];
  /** Subjects who were last observed at this time, without the event. */
  readonly censored: readonly number[];
}

/**
 * Returns the groups of equal times, in ascending order.
 * @throws InputError `lengths-differ`, `invalid-outcome`
 */
export function timeGroups({ times, events }: SurvivalTimes): TimeGroup[] {
  if (events.length !== times.length) {
    throw new InputError('lengths-differ', `${times.length} times have ${events.length} events; each needs one`);
  }
  const order = Uint32Array.from(times.keys()).sort((a, b) => times[a] - times[b]);
  const groups: { time: number; deaths: number[]; censored: number[] }[] = [];
  for (const subject of order) {
    const [time, event] = [times[subject], events[subject]];
    if (!(time >= 0 && time < Infinity) || (event !== 0 && event !== 1)) {
      throw new InputError(
        'invalid-outcome',
        `Subject ${subject} has time ${time} and event ${event}; a time is from 0 on, and an event is 0 or 1`,
      );
    }
    if (groups.at(-1)?.time !== time) groups.push({ time, deaths: [], censored: [] });
    groups.at(-1)![event === 1 ? 'deaths' : 'censored'].push(subject);
  }
  return groups;
}
