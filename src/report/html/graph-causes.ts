// Observed causes in the section of the graph: data for the interactive drawing, and the table of their edges.

import type { DrawnGraph } from '../../causal/blocks.js';
import type { LatentGraph } from '../../causal/index.js';
import { signedText } from '../../causal/sign-text.js';
import { groupText, reachOfCause, type CauseGroup } from '../cause-groups.js';
import type { SubjectFacts } from '../facts/index.js';
import { described, withWords } from './latent-words.js';
import { markup, type Markup } from './markup.js';
import type { EdgeFacts } from './page-data.js';
import { table } from './section.js';

/** Returns the edges of observed causes. They have no strength, so no slider hides them. */
export function edgesOfCauses(
  graph: LatentGraph,
  { nodes, causes = [] }: DrawnGraph,
  groups: readonly CauseGroup[],
  facts: SubjectFacts | undefined,
): EdgeFacts[] {
  return groups.map((group) => {
    const latent = nodes.findIndex(({ name }) => name === group.to);
    return {
      ends: [nodes.length + causes.indexOf(group.cause), latent],
      description: [groupText(group), withWords(graph, group.to, facts)],
    };
  });
}

/** Returns the description of each observed cause. */
export function causeNodes(graph: DrawnGraph): string[][] {
  return (graph.causes ?? []).map((cause) => [
    cause.name,
    cause.assigned ? 'observed cause, assigned' : 'observed cause, not assigned',
    `reference ${cause.reference ?? cause.levels?.[0]}`,
    reachOfCause(graph, cause),
  ]);
}

/** Returns the table of the edges of observed causes; undefined if there are none. */
export function causeTable(
  graph: LatentGraph,
  groups: readonly CauseGroup[],
  facts: SubjectFacts | undefined,
): Markup | undefined {
  if (groups.length === 0) return undefined;
  return markup`<h3>Observed causes</h3>${table({
    caption: 'Edges of observed causes',
    columns: [
      { title: 'Cause' },
      { title: 'Level' },
      { title: 'Latent' },
      { title: 'Meaning' },
      { title: 'Difference of the latent, sd', numeric: true },
    ],
    rows: groups.flatMap(({ cause, to, edges }) =>
      edges.map(({ level, effect }) => [
        cause.name,
        level ?? 'per sd',
        described(graph, to, facts),
        cause.assigned ? 'effect' : 'association',
        signedText(effect),
      ]),
    ),
  })}`;
}
