// The rule that chose the restart of each stage of a fit, and the use of that restart. The report and the command line
// show the same texts.

import type { RunSummary } from '../../training/run-folder.js';

type Stage = RunSummary['stages'][number];

export interface Choice {
  /** Name of the measure that ranks the restarts; lower is better. */
  readonly measure: string;
  /** Measure by restart. Null for a restart that ended before it had one. */
  readonly values: readonly (number | null)[];
  /** Use of the best restart. */
  readonly outcome: string;
  /** False if the fitted model need not contain the best restart or its refinement. */
  readonly isChosen: boolean;
}

type Summary = Pick<RunSummary, 'stages' | 'subspaces' | 'causes'>;

/** Returns the rule of a stage, and the use of its best restart. */
export function choiceOf(stage: Stage, summary: Summary): Choice {
  const { objectives, scores = objectives } = stage;
  return { measure: measureOf(stage), values: scores, ...outcomeOf(stage, summary) };
}

function measureOf({ name, rule }: Stage): string {
  if (rule === 'validation-objective') return 'validation objective';
  // Only with observed causes, all subjects rank the restarts of later stages.
  return name === 'subspaces'
    ? 'reconstruction + KL of training and validation subjects'
    : 'score of the graph and its targets';
}

function outcomeOf(
  { name, objectives, bestEpochs, chosenRestart }: Stage,
  { stages, subspaces, causes }: Summary,
): Pick<Choice, 'outcome' | 'isChosen'> {
  const stageNamed = (wanted: Stage['name']) => stages.find((stage) => stage.name === wanted);
  if (causes && (name === 'exploration' || name === 'components' || name === 'pruning')) {
    return outcomeOfSearch(name, stageNamed);
  }
  const refined = stageNamed('components');
  if (name === 'subspaces' && (subspaces?.chosen === 'linear' || subspaces?.chosen === 'residual')) {
    return { outcome: `replaced by ${subspaces.chosen} subspaces`, isChosen: false };
  }
  if (name === 'residual' && subspaces?.chosen !== 'residual') {
    return { outcome: `${subspaces?.chosen ?? 'other'} subspaces were chosen`, isChosen: false };
  }
  if (name === 'subspace-decoders') return { outcome: 'one restart for each kind of subspaces', isChosen: false };
  if (name === 'exploration' && refined) {
    return { outcome: `the best ${refined.objectives.length} are refined`, isChosen: false };
  }
  if (name === 'components' && stageNamed('pruning')) return { outcome: 'the best few are pruned', isChosen: false };
  if (name === 'pruning' && refined && lowest(refined) < lowest({ objectives })) {
    return { outcome: `refined restart ${refined.chosenRestart} is better and was chosen`, isChosen: false };
  }
  if (name === 'polish') {
    return bestEpochs[chosenRestart] < 0
      ? { outcome: 'not better than its initial state, which is kept', isChosen: false }
      : { outcome: 'better than its initial state', isChosen: true };
  }
  return { outcome: objectives.length === 1 ? 'the only restart' : 'chosen', isChosen: true };
}

/** Returns the same for the stages of a search with observed causes. */
function outcomeOfSearch(
  name: 'exploration' | 'components' | 'pruning',
  stageNamed: (wanted: Stage['name']) => Stage | undefined,
): Pick<Choice, 'outcome' | 'isChosen'> {
  if (name === 'exploration') return { outcome: 'the search starts from the best few', isChosen: false };
  const [first, second] = [stageNamed('components'), stageNamed('pruning')];
  const isFirst = !first || !second ? first !== undefined : lowest(first) <= lowest(second);
  if (isFirst === (name === 'components')) return { outcome: 'chosen', isChosen: true };
  const [better, which] = isFirst ? [first, 'first'] : [second, 'second'];
  return {
    outcome: `restart ${better?.chosenRestart} of the ${which} search is better and was chosen`,
    isChosen: false,
  };
}

function lowest({ objectives, scores = objectives }: Pick<Stage, 'objectives' | 'scores'>): number {
  return Math.min(...scores.map((value) => value ?? Infinity));
}
