// The summary, the command line and the report name the rule that chose the restart of a stage.

import { describe, expect, test } from '@jest/globals';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { restartsChart } from '../../src/report/charts/restarts-chart.js';
import { choiceOf } from '../../src/report/index.js';
import { simulatedDataset } from '../../src/simulation/dataset.js';
import { simulate } from '../../src/simulation/simulate.js';
import type { RunSummary } from '../../src/training/run-folder.js';

type Stage = RunSummary['stages'][number];

const stage = (name: Stage['name'], more: Partial<Stage> = {}): Stage => ({
  ...{ name, chosenRestart: 0, rule: 'validation-objective', objectives: [1, 2, 3, 4], bestEpochs: [4, 4, 4, 4] },
  ...{ epochs: 5, failures: [], seconds: 1 },
  ...more,
});

const MEASURE = 'reconstruction + KL of training and validation subjects';

describe('the rule that chose a restart', () => {
  test('is in the summary of a small fit, and in its report, with the values that it compared', async () => {
    const dataset = simulatedDataset(simulate('case1', { seed: 2, samples: 240, test: 40 }));
    await using model = await MultimodalCausalModel.fit(dataset, {
      ...{
        encoderRestarts: 3,
        componentRestarts: 4,
        epochs: 6,
        componentSteps: 40,
        batch: 64,
        hidden: 16,
        threads: 1,
        evidence: 'none',
      },
      subspaces: 'network',
    });
    const [subspaces, exploration] = model.summary.stages;
    expect(subspaces.rule).toBe('all-subjects');
    expect(subspaces.scores![subspaces.chosenRestart]).toBe(Math.min(...subspaces.scores!.map((score) => score!)));
    expect(subspaces.scores).not.toEqual(subspaces.objectives);
    expect(exploration).toMatchObject({ rule: 'validation-objective' });
    expect(exploration.scores).toBeUndefined();
    const text = (await model.report()).split('id="restarts"')[1].replace(/\s+/g, ' ');
    expect(text).toContain(`Restart ${subspaces.chosenRestart} of 3 has the lowest ${MEASURE}, `);
    expect(text).not.toContain('whose validation objective is lowest');
  });

  test('names the values that it ranked, not the objectives', () => {
    const small = stage('subspaces', { rule: 'all-subjects', chosenRestart: 1, scores: [9, 7, 8, 10] });
    const choice = choiceOf(small, { stages: [small] });
    expect(choice).toEqual({ measure: MEASURE, values: [9, 7, 8, 10], outcome: 'chosen', isChosen: true });
    const svg = restartsChart({ ...choice, chosen: 1 }, 400);
    expect(svg).toContain(`${MEASURE}, lower is better`);
    expect(svg).toContain('restart 1: 7, the best');
  });

  test('comes with what the model contains instead, if it does not contain the best restart', () => {
    const stages = [
      stage('subspaces'),
      stage('exploration'),
      stage('components', { objectives: [1.5, 1.7], chosenRestart: 0 }),
      stage('pruning', { objectives: [1.6, 1.8] }),
      stage('polish', { objectives: [2], bestEpochs: [-1] }),
    ];
    const outcomes = stages.map((stage) => choiceOf(stage, { stages, subspaces: { chosen: 'linear' } }));
    expect(outcomes.map(({ outcome }) => outcome)).toEqual([
      'replaced by linear subspaces',
      'the best 2 are refined',
      'the best few are pruned',
      'refined restart 0 is better and was chosen',
      'not better than its initial state, which is kept',
    ]);
    expect(outcomes.some(({ isChosen }) => isChosen)).toBe(false);
    const better = [...stages.slice(0, 3), stage('pruning', { objectives: [1.6, 1.4], chosenRestart: 1 })];
    expect(choiceOf(better[3], { stages: better })).toMatchObject({ outcome: 'chosen', isChosen: true });
  });

  test('compares both searches of a fit with observed causes by their scores', () => {
    const arm = { name: 'arm', kind: 'categorical', effect: 'soft', assigned: true } as const;
    const causes = [{ ...arm, levels: ['a', 'b'], terms: [{ level: 'b' }] }];
    const ranked = (name: Stage['name'], chosenRestart: number, scores: readonly number[]): Stage =>
      stage(name, { rule: 'all-subjects', chosenRestart, scores });
    // The objectives, which are equal, say nothing about the scores.
    const [first, second] = [ranked('components', 0, [1.5, 1.7]), ranked('pruning', 1, [1.6, 1.4])];
    const stages = [stage('exploration'), first, second];
    const choices = stages.map((one) => choiceOf(one, { stages, causes }));
    expect(choices.map(({ outcome, isChosen }) => [outcome, isChosen])).toEqual([
      ['the search starts from the best few', false],
      ['restart 1 of the second search is better and was chosen', false],
      ['chosen', true],
    ]);
    expect(choices[1].measure).toBe('score of the graph and its targets');
    const once = stages.slice(0, 2);
    expect(choiceOf(first, { stages: once, causes })).toMatchObject({ outcome: 'chosen', isChosen: true });
    const worse = [first, ranked('pruning', 0, [1.6, 1.8])];
    expect(choiceOf(worse[1], { stages: worse, causes }).outcome).toBe(
      'restart 0 of the first search is better and was chosen',
    );
  });
});
