// The component stages of a fit with observed causes. The best structures of a Gaussian search on straightened
// subspaces are trained with linear Gaussian mechanisms, then with flows. A second search follows, on the subspaces as
// the best structures straighten them. All subjects choose among the structures.

import type { Cause } from '../data/causes.js';
import type { ParameterValues } from '../inference/inference.js';
import { componentLikelihoods } from './component-reading.js';
import type { FitConfig } from './config.js';
import { gaussianObjectives, startedStage, type Subspaces } from './component-stage.js';
import { scoredByStructure } from './competing-structures.js';
import { determinedModalities, withoutModalities } from './determined-modalities.js';
import { determinedStage } from './determined-stage.js';
import { gaussianStarts, STRAIGHTENED } from './gaussian-starts.js';
import { ranking, selectRuns, stackRuns, type SettledRestarts, type StageOutcome } from './outcome.js';
import type { StageName } from './stage.js';
import { GAUSSIAN } from '../networks/gaussian-mechanisms.js';
import { latentLayout } from '../networks/layout.js';
import { straighteningMaps, straighteningStage } from './straightening-stage.js';
import type { StageRunner } from './stage-runner.js';

/**
 * Minimum difference of scores, in nats per subject, of structures that count as equally good: less than an edge costs.
 */
const EQUAL = 0.002;
/**
 * The same difference times the number of subjects. The variance of a log likelihood ratio is about twice its mean, if
 * models are close. So a mean of δ is within two standard errors if δ ≤ 8 / n.
 */
const EQUAL_NATS = 8;
/** The same limit for maps, which differ in about a hundred numbers more. */
const EQUAL_MAPS_NATS = 32;

interface StartedComponents {
  readonly stages: readonly StageOutcome[];
  /** The restarts of both searches whose structures are as good as the best one. */
  readonly settled: SettledRestarts;
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
  const { parameters, objectives, scores = objectives } = searched.settled;
  const joined = await runner.run('determined', () =>
    determinedStage(subspaces, config, { determined, parameters }, runner.hooks.device),
  );
  // The search has chosen: how well a run predicts the determined modalities says nothing about the other latents.
  const retained = (values: readonly (number | null)[]) =>
    values.map((value, run) => (joined.objectives[run] === null ? null : value));
  return {
    stages: [...searched.stages, { ...joined, rule: 'all-subjects', scores: retained(scores) }],
    settled: { objectives: retained(objectives), scores: retained(scores), parameters: joined.parameters },
    determined,
  };
}

async function searchedComponents(
  subspaces: Subspaces & { readonly causes: readonly Cause[] },
  config: FitConfig,
  runner: StageRunner,
  again: boolean,
): Promise<StartedComponents> {
  const { hooks } = runner;
  const { device } = hooks;
  const { train, validation } = subspaces.split;
  const searched = async (name: 'components' | 'pruning', maps?: CurvedMaps): Promise<Searched> => {
    const starts = await gaussianStarts(subspaces, config, maps?.current, hooks);
    const of = maps && {
      current: selectRuns(maps.current, starts.sources),
      first: selectRuns(maps.first, starts.sources),
    };
    const trained = await runner.run(name, () =>
      startedStage(name, subspaces, config, starts, { curved: of?.current, anchors: of?.first, device }),
    );
    const flows = [...trained.parameters].filter(([parameter]) => !parameter.startsWith(GAUSSIAN));
    const outcome = { ...trained, parameters: new Map(flows) };
    const likelihoods: number[][] = [];
    for (const rows of [train, validation]) {
      likelihoods.push(await componentLikelihoods(subspaces, config, outcome.parameters, rows, hooks));
    }
    const objectives = { gaussian: gaussianObjectives(trained), flows: likelihoods };
    const scored = scoredByStructure(outcome, starts, objectives, train.length);
    return { outcome: scored, structures: starts.structures, sources: starts.sources, first: of?.first };
  };
  const subjects = train.length + validation.length;
  if (subspaces.bends === false) {
    const only = await searched('components');
    return { stages: [only.outcome], settled: equallyGood([only], subjects) };
  }
  const straight = await runner.run('exploration', () => straighteningStage(subspaces, config, device));
  const explored = selectRuns(
    straighteningMaps(straight.parameters, latentLayout(subspaces.modalities)),
    ranking(straight).slice(0, STRAIGHTENED),
  );
  const first = await searched('components', { current: explored, first: explored });
  if (!again) return { stages: [straight, first.outcome], settled: equallyGood([first], subjects) };
  const runs = bestOfStructures(first.outcome, first.structures);
  const maps = { current: selectRuns(first.outcome.parameters, runs), first: selectRuns(first.first!, runs) };
  const second = await searched('pruning', maps);
  return { stages: [straight, first.outcome, second.outcome], settled: equallyGood([first, second], subjects) };
}

/** Parameters of the curved maps from which a search starts, `[maps, …]` each. */
interface CurvedMaps {
  readonly current: ParameterValues;
  /** The same maps before any structure changed them. */
  readonly first: ParameterValues;
}

interface Searched {
  readonly outcome: StageOutcome;
  /** Structure of each restart. */
  readonly structures: readonly number[];
  /** Map from which each restart started. */
  readonly sources: readonly number[];
  /** Maps of each restart before any structure changed them; undefined without curved maps. */
  readonly first: ParameterValues | undefined;
}

/**
 * Returns the restarts whose maps the second search uses: the best one of each of the best structures, because maps
 * adapt to their structure. With too few structures, other restarts follow.
 */
function bestOfStructures(outcome: StageOutcome, structures: readonly number[]): number[] {
  const ranked = ranking(outcome);
  const isFirst = (run: number): boolean => ranked.find((other) => structures[other] === structures[run]) === run;
  return [...ranked.filter(isFirst), ...ranked.filter((run) => !isFirst(run))].slice(0, STRAIGHTENED);
}

/**
 * Returns the restarts that are as good as the best one. Scores are sums of a part of the structure and one of the map.
 * So the best restart after a map shows how much worse the map is, and the distance to that restart how much worse the
 * structure is.
 */
function equallyGood(searches: readonly Pick<Searched, 'outcome' | 'sources'>[], subjects: number): SettledRestarts {
  const equal = Math.max(EQUAL, EQUAL_NATS / subjects);
  const equalMaps = Math.max(EQUAL, EQUAL_MAPS_NATS / subjects);
  const scoreOf = ({ objectives, scores = objectives }: StageOutcome, run: number): number => scores[run] ?? Infinity;
  const best = Math.min(...searches.map(({ outcome }) => scoreOf(outcome, ranking(outcome)[0])));
  const chosen = searches
    .map(({ outcome, sources }) => {
      const ranked = ranking(outcome);
      const bestOfMap = (run: number): number =>
        scoreOf(
          outcome,
          ranked.find((other) => sources[other] === sources[run])!,
        );
      const isEqual = (run: number): boolean =>
        bestOfMap(run) <= best + equalMaps && scoreOf(outcome, run) <= bestOfMap(run) + equal;
      return { outcome, runs: ranked.filter(isEqual) };
    })
    .filter(({ runs }) => runs.length > 0);
  return {
    parameters: stackRuns(chosen.map(({ outcome, runs }) => selectRuns(outcome.parameters, runs))),
    objectives: chosen.flatMap(({ outcome, runs }) => runs.map((run) => outcome.objectives[run])),
    scores: chosen.flatMap(({ outcome, runs }) => runs.map((run) => scoreOf(outcome, run))),
  };
}
