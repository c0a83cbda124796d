// Warnings about answers to questions that set observed causes.

import type { Warning } from '../quality/index.js';
import type { SetCause } from './cause-setting.js';
import type { CausedEdge } from './followed-causes.js';
import type { GenerativeModel } from './generative-model.js';

interface CausedEdges {
  readonly followed: readonly CausedEdge[];
  readonly ignored: readonly CausedEdge[];
}

export function causeWarnings(
  { summary, known: { ranges } }: GenerativeModel,
  causes: readonly SetCause[],
  { followed, ignored }: CausedEdges,
): Warning[] {
  return [
    ...extrapolations(causes, ranges !== undefined),
    ...assumedAssignment(followed),
    ...support(summary.evidence?.tested ?? false, followed, ignored),
  ];
}

function extrapolations(causes: readonly SetCause[], areKnown: boolean): Warning[] {
  if (!areKnown || !causes.some(({ extrapolation }) => extrapolation)) return [];
  const values = causes.map(
    ({ name, value, against }) => `${name} = ${value}${against === undefined ? '' : ` against ${against}`}`,
  );
  return [
    {
      code: 'extrapolation',
      text:
        `${values.join(', ')}: no training subject had one of these combinations, or a number is outside the range ` +
        'of the training subjects. The answer assumes that causes combine as in the model: on one latent, soft ' +
        'effects and shifts add up, and of several perfect effects the mean counts.',
    },
  ];
}

function assumedAssignment(followed: readonly CausedEdge[]): Warning[] {
  const assumed = followed.filter(({ direction }) => direction === 'assumed');
  if (assumed.length === 0) return [];
  const names = [...new Set(assumed.map(({ from }) => from))].join(', ');
  return [
    {
      code: 'assumed-cause',
      text:
        `${names}: nobody assigned it, so its edges are associations. The answer assumes that it acts as if ` +
        'somebody had assigned it.',
    },
  ];
}

function support(isTested: boolean, followed: readonly CausedEdge[], ignored: readonly CausedEdge[]): Warning[] {
  if (!isTested) return [];
  const unsupported = followed.filter(({ isSupported }) => !isSupported);
  const left = ignored.filter(({ isSupported }) => !isSupported);
  return [
    ...(unsupported.length === 0
      ? []
      : [
          {
            code: 'unsupported-edge' as const,
            text:
              `${namesOf(unsupported)}: held-out subjects do not support this, or it was not tested. Effects along ` +
              'it rest on the fit alone (docs/explanation/evidence.md).',
          },
        ]),
    ...(left.length === 0
      ? []
      : [
          {
            code: 'unsupported-cause' as const,
            text:
              `${namesOf(left)}: the fitted model has this edge, but held-out subjects do not support it. Effects ` +
              'do not follow it.',
          },
        ]),
  ];
}

function namesOf(edges: readonly CausedEdge[]): string {
  return edges.map(({ from, to }) => `${from} → ${to}`).join(', ');
}
