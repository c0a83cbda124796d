// The component stages of a fit with observed causes: flows from the optima of a Gaussian search, then from those of a
// second search on straightened subspaces. The validation objective chooses among all of them.

import type { Cause } from '../data/causes.js';
import type { FitConfig } from './config.js';
import { startedStage, type Subspaces } from './component-stage.js';
import { gaussianStarts, straightenedStarts } from './gaussian-starts.js';
import { ranking, selectRuns, stackRuns, type StageOutcome } from './outcome.js';
import type { StageRunner } from './stage-runner.js';

/** Number of restarts whose curved maps straighten the subspaces for the second search. */
const STRAIGHTENED = 3;

export interface StartedComponents {
  readonly stages: readonly StageOutcome[];
  /** The restarts of both searches. */
  readonly settled: Pick<StageOutcome, 'parameters' | 'objectives'>;
}

/**
 * Trains the stages.
 * @param again false to search once
 * @throws what `gaussianStarts` and `StageRunner.run` throw
 */
export async function startedComponents(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  runner: StageRunner,
  again: boolean,
): Promise<StartedComponents> {
  const { hooks } = runner;
  const { device } = hooks;
  const first = await runner.run('components', async () =>
    startedStage('components', subspaces, config, await gaussianStarts(subspaces, config, hooks), { device }),
  );
  if (!again) return { stages: [first], settled: first };
  const best = selectRuns(first.parameters, ranking(first).slice(0, STRAIGHTENED));
  const second = await runner.run('pruning', async () => {
    const { sources, ...starts } = await straightenedStarts(subspaces, config, best, hooks);
    return startedStage('pruning', subspaces, config, starts, { curved: selectRuns(best, sources), device });
  });
  return {
    stages: [first, second],
    settled: {
      objectives: [...first.objectives, ...second.objectives],
      parameters: stackRuns([first.parameters, second.parameters]),
    },
  };
}
