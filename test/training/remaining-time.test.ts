// The remaining time of a stage is unknown until the speed is known, then it follows recent steps. The test sets the
// clock.

import { describe, expect, test } from '@jest/globals';
import { RemainingTime } from '../../src/training/remaining-time.js';

const ALL = 6000;

/** Returns the reports after each step. @param seconds duration of the k-th step */
function stage(seconds: (step: number) => number) {
  let now = 100;
  const time = new RemainingTime(() => now);
  return Array.from({ length: ALL }, (_, step) => {
    now += seconds(step);
    return { elapsed: now - 100, ...time.after(step + 1, ALL - step - 1) };
  });
}

describe('the remaining time', () => {
  test('does not extrapolate a slow first step: it is unknown for two seconds, then right', () => {
    const output = stage((step) => (step === 0 ? 30 : 0.01));
    const [first] = output.filter(({ secondsLeft }) => Number.isFinite(secondsLeft));
    expect(output[1].secondsLeft).toBe(Infinity);
    expect(first.elapsed).toBeGreaterThan(31.9);
    expect(first.elapsed).toBeLessThan(32.2);
    expect(first.secondsLeft).toBeCloseTo(58, 0);
    expect(first.stepsPerSecond).toBeCloseTo(100, 0);
  });

  test('follows the speed of the later half', () => {
    const output = stage((step) => (step < 1000 ? 0.01 : 0.05));
    // 1,000 steps took 10 s and 400 steps took 20 s, so the later half has slow steps only.
    const { secondsLeft } = output[1399];
    expect(secondsLeft).toBeCloseTo(4600 * 0.05, 0);
    expect(output.at(-1)!.secondsLeft).toBe(0);
  });

  test('is known after four slow steps, and unknown without a step', () => {
    const output = stage(() => 20);
    expect(output.slice(0, 4).map(({ secondsLeft }) => Number.isFinite(secondsLeft))).not.toContain(true);
    expect(output.find(({ secondsLeft }) => Number.isFinite(secondsLeft))!.secondsLeft).toBeGreaterThan(
      20 * (ALL - 10),
    );
    expect(new RemainingTime(() => 0).after(0, ALL)).toEqual({ stepsPerSecond: 0, secondsLeft: Infinity });
  });
});
