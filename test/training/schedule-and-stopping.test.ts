// What changes from epoch to epoch of a stage, and when the stage ends.

import { describe, expect, test } from '@jest/globals';
import { fitConfig } from '../../src/training/config.js';
import { jointSchedule } from '../../src/training/joint-stage.js';
import { scheduleOf } from '../../src/training/schedule.js';
import { isOver, recordObjectives, stoppingOf, stoppingOfShard } from '../../src/training/stopping.js';
import { initialState } from '../../src/training/training-state.js';

const config = fitConfig({ fit: 'joint', epochs: 100 });

describe('the schedule of the joint model', () => {
  const { plan } = jointSchedule(config);

  test('has the phases warm start, free fit and frozen gates; without gates nothing is frozen', () => {
    const phases = [0, 19, 20, 84, 85, 99].map((epoch) => plan(epoch).phase);
    expect(phases).toEqual(['warm', 'warm', 'free', 'free', 'frozen', 'frozen']);
    expect(jointSchedule(fitConfig({ epochs: 100, sparsity: { kind: 'jacobian' } })).plan(99).phase).toBe('free');
  });

  test('has a learning rate that rises over five epochs and falls at 60, 80 and 92 %', () => {
    expect(plan(0).rates[0]).toBeCloseTo(0.003 / 5);
    expect(plan(59).rates[0]).toBeCloseTo(0.003);
    expect(plan(60).rates[0]).toBeCloseTo(0.0009);
    expect(plan(92).rates).toEqual([expect.closeTo(0.003 * 0.027), expect.closeTo(0.015 * 0.027)]);
  });

  test('has a penalty that grows linearly until the ramp ends; a state is chosen only afterwards', () => {
    const ramp = [0, 20, 40, 99].map((epoch) => plan(epoch).controls.sparsityWeight / config.sparsity.weight);
    expect(ramp).toEqual([0, 0.5, 1, 1]);
    expect(stoppingOf(config, 0.6).selectFrom).toBe(40);
    expect(stoppingOf(fitConfig({ fit: 'joint', epochs: 1 }), 0.6).selectFrom).toBe(0);
  });
});

test('phases of a schedule follow one another, and each has another decay', () => {
  const { epochs, plan } = scheduleOf(
    { name: 'first', epochs: 4, rate: 1, warmUp: { steps: 10, stepsPerEpoch: 5 }, decayAt: [0.5], decay: 0.1 },
    { epochs: 2, rate: 8, gateRate: 1, decayAt: [0.5], decay: 0.5 },
  );
  expect(Array.from({ length: epochs }, (_, epoch) => plan(epoch).phase)).toEqual([
    ...['first', 'first', 'first', 'first'],
    ...['train', 'train'],
  ]);
  expect(Array.from({ length: epochs }, (_, epoch) => plan(epoch).rates[0])).toEqual([0.25, 0.75, 0.1, 0.1, 8, 4]);
  expect([plan(3).rates[1], plan(4).rates[1]]).toEqual([0.5, 8]);
});

describe('the stopping rule', () => {
  const stage = { epochs: 20, runs: 2, stopping: { selectFrom: 2, patience: 3, patienceFrom: 5 } };
  const slabs = { parameters: new Float32Array(2), moments: new Float32Array(4) };

  test('chooses the best epoch of each run, from the first epoch that counts', () => {
    const state = initialState(2, slabs);
    const improved = [
      [0, 0],
      [9, null],
      [5, 7],
      [6, 6],
      [5, null],
    ].map((objective, epoch) => recordObjectives(state, objective, epoch, stage.stopping));
    expect(improved).toEqual([[], [], [0, 1], [1], []]);
    expect(state).toMatchObject({ bestObjective: [5, 6], bestEpoch: [2, 3], improvedAt: 3 });
  });

  test('lets the initial state count, whatever the first epoch is', () => {
    const state = initialState(2, slabs);
    expect(recordObjectives(state, [1, 2], -1, stage.stopping)).toEqual([0, 1]);
    expect(state).toMatchObject({ bestEpoch: [-1, -1], improvedAt: 0 });
  });

  test.each([
    ['all epochs are done', { epoch: 20, improvedAt: 19 }, true],
    ['no run improved for the epochs of patience', { epoch: 9, improvedAt: 2 }, true],
    ['patience is not yet exhausted', { epoch: 8, improvedAt: 2 }, false],
    ['a run improved lately', { epoch: 10, improvedAt: 7 }, false],
  ])('if %s', (_, progress, isEnd) => {
    expect(isOver(stage, { ...progress, failures: [] })).toBe(isEnd);
  });

  test('ends a stage without living runs, and never ends one without patience early', () => {
    const lost = (...restarts: number[]) => restarts.map((restart) => ({ restart, step: 0, tensor: 'x' }));
    const progress = { epoch: 1, improvedAt: 0 };
    expect(isOver(stage, { ...progress, failures: lost(1, 1) })).toBe(false);
    expect(isOver(stage, { ...progress, failures: lost(1, 0) })).toBe(true);
    expect(isOver({ ...stage, stopping: {} }, { epoch: 19, improvedAt: 0, failures: [] })).toBe(false);
  });

  test('gives a shard the patience that the improvements of ended shards leave', () => {
    expect(stoppingOfShard(stage.stopping, [{ improvedAt: 3 }, { improvedAt: 11 }])).toEqual({
      ...stage.stopping,
      patienceFrom: 11,
    });
    expect(stoppingOfShard(stage.stopping, [])).toEqual(stage.stopping);
  });
});
