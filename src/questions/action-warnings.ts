// Warnings about an answer to do(z).

import { variableNames } from '../causal/same-variable.js';
import { batchReason } from '../conclusions/index.js';
import type { Warning } from '../quality/index.js';
import type { FlowEdge } from './followed-edges.js';
import type { GenerativeModel } from './generative-model.js';
import { isBlock } from './latent-checks.js';
import type { ActionOptions } from './question-options.js';
import type { SetLatent } from './setting.js';

/** Minimum correlation of an exogenous variable with latents for a warning. */
const NOTABLE_SHARE = 0.2;

export interface ActionFacts {
  readonly set: readonly SetLatent[];
  /** Positions among all names of the latents that are set, and of these and their descendants. */
  readonly latents: readonly number[];
  readonly moved: readonly number[];
  /** Edges that effects follow in this answer, and all that effects may follow. */
  readonly taken: readonly FlowEdge[];
  readonly edges: readonly FlowEdge[];
  /** Positions in the flow that are set or change. */
  readonly reached: ReadonlySet<number>;
}

export function actionWarnings(
  model: GenerativeModel,
  names: readonly string[],
  { set, latents, moved, taken, edges, reached }: ActionFacts,
  { undetermined = false }: ActionOptions,
): Warning[] {
  return [
    ...notTested(model),
    ...assumedDirections(taken),
    ...unsupportedEdges(model, taken),
    ...linksNotFollowed(model, names, edges, reached),
    ...beyondTraining(model, set, latents),
    ...unclearLatents(
      model,
      names,
      moved.filter((latent) => undetermined || !latents.includes(latent)),
    ),
    ...sharedNoise(model, moved),
  ];
}

function beyondTraining({ ranges }: GenerativeModel, set: readonly SetLatent[], latents: readonly number[]): Warning[] {
  return set.flatMap(({ name, value, sd }, i) => {
    const { low, high } = ranges.latents[latents[i]];
    if (value >= low && value <= high) return [];
    const whose = ranges.sample ? `a sample of ${ranges.sample.train} subjects` : 'its subjects';
    return [
      {
        code: 'beyond-training',
        text:
          `${name} = ${value.toPrecision(3)} (${sd.toFixed(1)} sd) is beyond the training data: 98 % of ${whose} ` +
          `lie between ${low.toPrecision(3)} and ${high.toPrecision(3)}. Its effects are extrapolated.`,
      },
    ];
  });
}

function unclearLatents(model: GenerativeModel, names: readonly string[], latents: readonly number[]): Warning[] {
  const unclear = latents.filter((latent) => isBlock(model, latent));
  if (unclear.length === 0) return [];
  const listed = unclear.map((latent) => names[latent]).join(', ');
  return [
    {
      code: 'undetermined-latent',
      text:
        `${listed}: known only up to mixing within the modality, so setting or reaching one of them alone is not ` +
        'defined.',
    },
  ];
}

function assumedDirections(taken: readonly FlowEdge[]): Warning[] {
  const assumed = taken.filter(({ direction }) => direction === 'assumed');
  if (assumed.length === 0) return [];
  const reversed = assumed.find((edge) => edge.reversed === 'as-well' || edge.reversed === 'better')?.reversed;
  const other =
    reversed === undefined
      ? ''
      : ` The reversed order of modalities explains held-out subjects ${reversed === 'better' ? 'better' : 'as well'}.`;
  const batched = [...new Set(assumed.flatMap(({ sameAsBatch }) => sameAsBatch ?? []))].map(
    (cause) => ` Their size is not known either: ${batchReason(cause)}.`,
  );
  return [
    {
      code: 'assumed-direction',
      text:
        `${namesOf(assumed)}: the direction is assumed, and effects along it depend on this ` +
        `assumption.${other}${batched.join('')}`,
    },
  ];
}

function unsupportedEdges({ summary }: GenerativeModel, taken: readonly FlowEdge[]): Warning[] {
  const unsupported = summary.evidence?.tested ? taken.filter(({ isSupported }) => !isSupported) : [];
  if (unsupported.length === 0) return [];
  return [
    {
      code: 'unsupported-edge',
      text:
        `${namesOf(unsupported)}: held-out subjects do not support this, or it was not tested. Effects along it rest ` +
        'on the fit alone (docs/explanation/evidence.md).',
    },
  ];
}

/** Warns of links that carry or may carry an effect, and that the answer does not follow. */
function linksNotFollowed(
  { summary, positions }: GenerativeModel,
  names: readonly string[],
  edges: readonly FlowEdge[],
  reached: ReadonlySet<number>,
): Warning[] {
  const at = (name: string): number => positions[names.indexOf(name)];
  const copy = variableNames(summary.evidence?.shared);
  // A link of one copy of a variable is a link of all its copies.
  const variable = (name: string): string => copy(names[positions.indexOf(at(name))]);
  const isFollowed = (first: string, second: string): boolean =>
    edges.some(({ from, to }) => {
      const ends = [variable(from), variable(to)];
      return ends.includes(variable(first)) && ends.includes(variable(second));
    });
  const links = (summary.evidence?.links ?? []).filter(
    ({ first, second }) => (reached.has(at(first)) || reached.has(at(second))) && !isFollowed(first, second),
  );
  const namesIn = (wanted: string): string =>
    links
      .filter(({ verdict }) => verdict === wanted)
      .map(({ first, second }) => `${first} – ${second}`)
      .join(', ');
  const [undecided, supported] = ['undecided', 'supported'].map(namesIn);
  return [
    ...(supported === ''
      ? []
      : [
          {
            code: 'link-not-fitted' as const,
            text:
              `${supported}: held-out subjects support this link, but effects do not follow it: the fitted ` +
              'model does ' +
              'not have this edge, or it was left out.',
          },
        ]),
    ...(undecided === ''
      ? []
      : [
          {
            code: 'undecided-link' as const,
            text:
              `${undecided}: the study cannot decide whether these are directly linked. Effects do not follow ` +
              'them.',
          },
        ]),
  ];
}

/** Warns that the association of exogenous variables with latents does not change, since it may be confounding. */
function sharedNoise({ ranges, layout }: GenerativeModel, moved: readonly number[]): Warning[] {
  const reached = new Set(moved.map((latent) => layout.modalityOf[latent]));
  let noise = 0;
  return layout.modalities.flatMap(({ name, latents, exogenous }, m): Warning[] => {
    const shares = Array.from({ length: exogenous }, () => {
      const { slopes, sd } = ranges.eta[noise++];
      const explained = slopes.reduce(
        (sum, slope, k) => sum + (slope * ranges.latents[layout.offsets[m] + k].sd) ** 2,
        0,
      );
      return Math.sqrt(explained / (explained + sd ** 2 || 1));
    });
    const maxShare = Math.max(0, ...shares);
    if (!reached.has(m) || latents === 0 || maxShare < NOTABLE_SHARE) return [];
    return [
      {
        code: 'shared-noise',
        text:
          `Exogenous variables of ${name} are associated with its latents (correlation up to ` +
          `${maxShare.toFixed(2)}). ` +
          'They do not change, since this may be confounding. If it is not, effects on columns of ' +
          `${name} are too small or too large.`,
      },
    ];
  });
}

function notTested({ summary }: GenerativeModel): Warning[] {
  if (summary.evidence?.tested) return [];
  return [
    {
      code: 'no-evidence',
      text: 'Links and latents come from the fit alone: none of them was tested on held-out subjects.',
    },
  ];
}

function namesOf(edges: readonly FlowEdge[]): string {
  return edges.map(({ from, to }) => `${from} → ${to}`).join(', ');
}
