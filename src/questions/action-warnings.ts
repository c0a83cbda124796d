// What to be careful about in an answer to do(z).

import type { Warning } from '../quality/index.js';
import type { FlowEdge } from './followed-edges.js';
import type { GenerativeModel } from './generative-model.js';
import { isDetermined, isMixture, type LatentOptions } from './latent-checks.js';
import type { SetLatent } from './setting.js';

/** Correlation of a private noise with latents from which on an answer says so. */
const NOTABLE_SHARE = 0.2;

export interface ActionFacts {
  readonly set: readonly SetLatent[];
  /** The latents that are set, and those and what follows, among all names. */
  readonly latents: readonly number[];
  readonly moved: readonly number[];
  /** Edges that effects follow here, and all that effects may follow. */
  readonly taken: readonly FlowEdge[];
  readonly edges: readonly FlowEdge[];
  /** Positions in the flow that are set or follow. */
  readonly reached: ReadonlySet<number>;
}

export function actionWarnings(
  model: GenerativeModel,
  names: readonly string[],
  { set, latents, moved, taken, edges, reached }: ActionFacts,
  { undetermined = false }: LatentOptions,
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
          `${name} = ${value.toPrecision(3)} (${sd.toFixed(1)} sd) is beyond what training saw: 98 % of ${whose} ` +
          `lie between ${low.toPrecision(3)} and ${high.toPrecision(3)}. What follows is extrapolated.`,
      },
    ];
  });
}

function unclearLatents(model: GenerativeModel, names: readonly string[], latents: readonly number[]): Warning[] {
  const unclear = latents.filter((latent) => !isDetermined(model, latent) || isMixture(model, names[latent]));
  if (unclear.length === 0) return [];
  const listed = unclear.map((latent) => names[latent]).join(', ');
  return [
    {
      code: 'undetermined-latent',
      text:
        `${listed}: known up to mixing within the modality only, so that setting or reaching one alone is not ` +
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
  return [
    {
      code: 'assumed-direction',
      text: `${namesOf(assumed)}: the direction is assumed, and what follows along it rests on that.${other}`,
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
        `${namesOf(unsupported)}: held-out subjects do not support this, or it was not tested. What follows along ` +
        'it is what the fit alone believes (docs/explanation/evidence.md).',
    },
  ];
}

/** Links that may carry an effect, or do, and that the answer does not follow. */
function linksNotFollowed(
  { summary, positions }: GenerativeModel,
  names: readonly string[],
  edges: readonly FlowEdge[],
  reached: ReadonlySet<number>,
): Warning[] {
  const at = (name: string): number => positions[names.indexOf(name)];
  const isFollowed = (one: number, other: number): boolean =>
    edges.some(({ cause, effect }) => (cause === one && effect === other) || (cause === other && effect === one));
  const left = (summary.evidence?.links ?? []).filter(({ first, second }) => {
    const [one, other] = [at(first), at(second)];
    return (reached.has(one) || reached.has(other)) && !isFollowed(one, other);
  });
  const namesIn = (wanted: string): string =>
    left
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
              `${supported}: held-out subjects support this link, but effects do not follow it: the fitted model has ` +
              'no such edge, or it was left out.',
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

/** What private noises have in common with latents stays as it was: it may be confounding. */
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
    const most = Math.max(0, ...shares);
    if (!reached.has(m) || latents === 0 || most < NOTABLE_SHARE) return [];
    return [
      {
        code: 'shared-noise',
        text:
          `Private noises of ${name} go with its latents (correlation up to ${most.toFixed(2)}). They stay as they ` +
          'were, since this may be confounding; if it is not, effects on columns of ' +
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
      text: 'Nothing is known of links and latents but that the fit found them: none was tested on held-out subjects.',
    },
  ];
}

function namesOf(edges: readonly FlowEdge[]): string {
  return edges.map(({ from, to }) => `${from} → ${to}`).join(', ');
}
