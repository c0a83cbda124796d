// The component stages of a fit with observed causes. Flows start from the optima of a Gaussian search on straightened
// subspaces, then from those of a second search, on the subspaces as the best flows straighten them. The validation
// objective chooses among all of them.

import type { Cause } from '../data/causes.js';
import type { ParameterValues } from '../inference/inference.js';
import type { FitConfig } from './config.js';
import { startedStage, type Subspaces } from './component-stage.js';
import { determinedModalities, withoutModalities } from './determined-modalities.js';
import { determinedStage } from './determined-stage.js';
import { gaussianStarts } from './gaussian-starts.js';
import { ranking, selectRuns, stackRuns, type StageOutcome } from './outcome.js';
import type { StageName } from './stage.js';
import { straighteningStage } from './straightening-stage.js';
import type { StageRunner } from './stage-runner.js';

/** Number of restarts whose curved maps straighten the subspaces for the second search. */
const STRAIGHTENED = 3;

interface StartedComponents {
  readonly stages: readonly StageOutcome[];
  /** The restarts of both searches. */
  readonly settled: Pick<StageOutcome, 'parameters' | 'objectives'>;
  /** Positions of the modalities that the others determine; left out if there are none. */
  readonly determined?: readonly number[];
}

/** Returns the names of the stages. Linear subspaces are not straightened, and are searched once. */
export function startedStages(again: boolean): StageName[] {
  return ['exploration', 'components', ...(again ? (['pruning'] as const) : [])];
}

/**
 * Trains the stages. Determined modalities join after the search, in another stage.
 * @param again false to search once
 * @throws what `gaussianStarts` and `StageRunner.run` throw
 */
export async function startedComponents(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  runner: StageRunner,
  again: boolean,
): Promise<StartedComponents> {
  const determined = determinedModalities(subspaces, config.sparsity);
  if (determined.length === 0) return searchedComponents(subspaces, config, runner, again);
  const searched = await searchedComponents(withoutModalities(subspaces, determined), config, runner, again);
  const { parameters } = searched.settled;
  const joined = await runner.run('determined', () =>
    determinedStage(subspaces, config, { determined, parameters }, runner.hooks.device),
  );
  // The search has chosen: how well a run predicts the determined modalities says nothing about the other latents.
  const objectives = searched.settled.objectives.map((value, run) => (joined.objectives[run] === null ? null : value));
  const ranked = { ...joined, scores: objectives };
  return { stages: [...searched.stages, ranked], settled: { objectives, parameters: joined.parameters }, determined };
}

async function searchedComponents(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  runner: StageRunner,
  again: boolean,
): Promise<StartedComponents> {
  const { hooks } = runner;
  const { device } = hooks;
  const searched = (name: 'components' | 'pruning', maps?: ParameterValues): Promise<StageOutcome> =>
    runner.run(name, async () => {
      const { sources, ...starts } = await gaussianStarts(subspaces, config, maps, hooks);
      return startedStage(name, subspaces, config, starts, { curved: maps && selectRuns(maps, sources), device });
    });
  const bestOf = (outcome: StageOutcome, count: number): ParameterValues =>
    selectRuns(outcome.parameters, ranking(outcome).slice(0, count));
  if (subspaces.bends === false) {
    const only = await searched('components');
    return { stages: [only], settled: only };
  }
  const straight = await runner.run('exploration', () => straighteningStage(subspaces, config, device));
  const first = await searched('components', bestOf(straight, 1));
  if (!again) return { stages: [straight, first], settled: first };
  const second = await searched('pruning', bestOf(first, STRAIGHTENED));
  return {
    stages: [straight, first, second],
    settled: {
      objectives: [...first.objectives, ...second.objectives],
      parameters: stackRuns([first.parameters, second.parameters]),
    },
  };
}
