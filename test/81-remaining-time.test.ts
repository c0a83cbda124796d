// The time left of a stage: silent until the speed is known, then that of recent steps. Seconds are those of a clock
// that the test sets.

import { describe, expect, test } from '@jest/globals';
import { RemainingTime } from '../src/training/remaining-time.js';

const ALL = 6000;

/** A clock, and what is said after each step when the k-th step takes so many seconds. */
function stage(seconds: (step: number) => number) {
  let now = 100;
  const time = new RemainingTime(() => now);
  return Array.from({ length: ALL }, (_, step) => {
    now += seconds(step);
    return { elapsed: now - 100, ...time.after(step + 1, ALL - step - 1) };
  });
}

describe('the time left', () => {
  test('does not multiply a slow first step: it is unknown for two seconds, then right', () => {
    const said = stage((step) => (step === 0 ? 30 : 0.01));
    const [first] = said.filter(({ secondsLeft }) => Number.isFinite(secondsLeft));
    expect(said[1].secondsLeft).toBe(Infinity);
    expect(first.elapsed).toBeGreaterThan(31.9);
    expect(first.elapsed).toBeLessThan(32.2);
    expect(first.secondsLeft).toBeCloseTo(58, 0);
    expect(first.stepsPerSecond).toBeCloseTo(100, 0);
  });

  test('follows the speed of the later half', () => {
    const said = stage((step) => (step < 1000 ? 0.01 : 0.05));
    // After 1,000 steps of 10 s and 400 of 20 s, the later half has slow steps alone.
    const { secondsLeft } = said[1399];
    expect(secondsLeft).toBeCloseTo(4600 * 0.05, 0);
    expect(said.at(-1)!.secondsLeft).toBe(0);
  });

  test('of slow steps is known after four of them, of none never', () => {
    const said = stage(() => 20);
    expect(said.slice(0, 4).map(({ secondsLeft }) => Number.isFinite(secondsLeft))).not.toContain(true);
    expect(said.find(({ secondsLeft }) => Number.isFinite(secondsLeft))!.secondsLeft).toBeGreaterThan(20 * (ALL - 10));
    expect(new RemainingTime(() => 0).after(0, ALL)).toEqual({ stepsPerSecond: 0, secondsLeft: Infinity });
  });
});
