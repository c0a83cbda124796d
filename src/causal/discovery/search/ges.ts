// Greedy equivalence search (Chickering 2002). It starts from the empty graph and makes the insertion that raises the
// score most, as long as one does. Then it does the same with deletions and with turnings of edges, and repeats all
// three as long as the score rises (Hauser & Bühlmann 2012). Every step leads from one equivalence class of DAGs to
// another that background knowledge allows. With the score of interventions (interventional-score.ts) this is GIES:
// the classes are those of DAGs that the interventions do not distinguish.

import { checkArgument, checkOptions } from '../../../errors/argument.js';
import { InternalError } from '../../../errors/errors.js';
import { emptyGraph, direct, neighbours, type CausalGraph } from '../causal-graph.js';
import { GES_OPTIONS, type GesOptions } from '../options.js';
import { compileCompatibility } from './compatibility.js';
import { classOfDag, memberOfClass, withKnowledge } from './dag-classes.js';
import { deletions, insertions, RememberedScore, turnings, type Phase, type Step } from './ges-steps.js';
import { compileKnowledge, type CompiledKnowledge } from './knowledge.js';
import type { LocalScore, Targets } from './local-score.js';
import { checkLimit, type PcResult } from './pc.js';

/**
 * Returns the CPDAG at the end of the greedy search, directed further by background knowledge. If the score has
 * `targets`, it is an interventional essential graph. `tests` is the number of local scores, each computed once.
 * @throws InputError `invalid-conditioning` for `maxParents`, `invalid-knowledge`, `unknown-variable`,
 *   `contradictory-knowledge`, `unknown-compatibility`, and what the score throws
 */
export function ges(score: LocalScore, options: GesOptions = {}): PcResult {
  checkArgument('ges: score', score, { variables: [{ name: 'text' }], rows: 'number', score: 'function' });
  checkOptions('ges', options, GES_OPTIONS);
  const { maxParents = Infinity } = options;
  const { rows, targets = [] } = score;
  checkLimit('maxParents', maxParents);
  const knowledge = compileKnowledge(score.variables, options.knowledge);
  const isTwoPhases = compileCompatibility(options.compatibility).has('two-phases');
  const known = new RememberedScore(score);
  let graph = startOf(score, knowledge);
  for (let before: CausalGraph | undefined; before !== graph;) {
    before = graph;
    for (const phase of isTwoPhases ? [insertions, deletions] : [insertions, deletions, turnings]) {
      graph = climb(graph, { knowledge, targets }, (now) => phase(now, known, maxParents));
    }
    if (isTwoPhases) break;
  }
  return {
    graph: withKnowledge(graph, knowledge),
    separations: [],
    weakest: [],
    tests: known.count,
    minRows: rows,
    maxRows: rows,
  };
}

/** Returns the class of the graph with only the required edges. */
function startOf({ variables, targets }: LocalScore, knowledge: CompiledKnowledge): CausalGraph {
  const graph = emptyGraph(variables);
  for (const i of variables.keys()) {
    for (const j of variables.keys()) if (knowledge.requires(i, j)) direct(graph, i, j);
  }
  return classOfDag(graph, targets);
}

/** What distinguishes DAGs of equal score. */
interface Distinctions {
  readonly knowledge: CompiledKnowledge;
  readonly targets: Targets;
}

/** Takes the best step as long as there is one. */
function climb(
  start: CausalGraph,
  { knowledge, targets }: Distinctions,
  phaseOf: (graph: CausalGraph) => Phase,
): CausalGraph {
  let graph = start;
  let stepsOf: Step[][] | undefined;
  let stale = new Set(graph.variables.keys());
  for (;;) {
    const phase = phaseOf(graph);
    const before = stepsOf;
    const steps = graph.variables.map((_, y) => (before === undefined || stale.has(y) ? phase.steps(y) : before[y]));
    stepsOf = steps;
    let best: Step | undefined;
    for (const step of steps.flat()) {
      if (step.gain <= (best?.gain ?? 0) || !phase.isValid(step)) continue;
      const isAllowed =
        knowledge.isEmpty || memberOfClass(after(phase, step, targets), knowledge, targets) !== undefined;
      if (isAllowed) best = step;
    }
    if (best === undefined) return graph;
    const next = after(phase, best, targets);
    stale = changed(graph, next);
    graph = next;
  }
}

function after(phase: Phase, step: Step, targets: Targets): CausalGraph {
  const dag = phase.take(step);
  if (dag !== undefined) return classOfDag(dag, targets);
  throw new InternalError('no-consistent-dag', 'GES took a step to a graph that is not an equivalence class of DAGs');
}

/** Returns the variables whose steps may change, because an edge of theirs or of a neighbour has changed. */
function changed(before: CausalGraph, after: CausalGraph): Set<number> {
  const size = before.variables.length;
  const touched = [...before.variables.keys()].filter((i) => {
    for (let j = 0; j < size; j++) if (before.marks[i * size + j] !== after.marks[i * size + j]) return true;
    return false;
  });
  return new Set(touched.flatMap((i) => [i, ...neighbours(before, i), ...neighbours(after, i)]));
}
