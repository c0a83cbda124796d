// The conclusions about observed causes in plain English. An assigned cause has effects; any other cause has
// associations. The two words are never mixed.

import { counted, decimals, listed, pPhrase } from '../text/numbers.js';
import { robustnessText } from './robustness.js';
import {
  isCauseFound,
  untracedBlocks,
  type CauseBlockConclusion,
  type CauseConclusion,
  type CauseConclusions,
} from './causes.js';

/** Maximum number of latents or levels that a sentence names. */
const MAX_NAMED = 4;

/** Returns `guide = STAT1`, or the name of a number. */
export function causeName({ cause, level }: Pick<CauseConclusion, 'cause' | 'level'>): string {
  return level === undefined ? cause : `${cause} = ${level}`;
}

const EFFECT_REASONS: Readonly<Record<NonNullable<CauseConclusion['reason']>, string>> = {
  'too-few': 'too few have this level, or the reference, in each fold',
  confounded: 'another cause or a batch divides the subjects in the same way, so the two cannot be distinguished',
  batch: 'the batches of this modality divide the subjects in the same way, so the two cannot be distinguished in it',
  'not-replicated': 'models of disjoint subjects do not find the latents of this modality',
  gaps: 'which values are missing depends on the level',
  leak: 'it may belong to another latent of the modality, because models of disjoint subjects mix them',
  inconsistent: 'models of disjoint subjects disagree on it by more than chance explains',
  'low-power': 'the study is too small to rule out 0.3 standard deviations',
  corrected: 'it is not significant after the correction for the number of tests',
};

const DIRECT_REASONS: Readonly<Record<NonNullable<NonNullable<CauseConclusion['direct']>['reason']>, string>> = {
  'no-graph':
    'the graphs of the folds are not known, the cause varies within groups, or its levels are several batches each',
  'not-measured': 'the latents that may pass it on are measured too badly to be accounted for',
  inconsistent: 'folds disagree on it, or tests with and without the correction for measurement errors do',
  order: 'nothing remains given a latent that the graphs of the folds place after it',
  'low-power': 'the study is too small to tell',
  'parents-differ': 'models of disjoint subjects disagree on the latents that may pass it on',
};

/** Returns why an effect is undecided, as the end of a sentence. */
export function effectReasonText(reason: NonNullable<CauseConclusion['reason']>): string {
  return EFFECT_REASONS[reason];
}

/** Returns the conclusion about an effect with its figures. */
export function effectText(conclusion: CauseConclusion): string {
  const { latent, verdict, reason, effect, q, power, units, spread } = conclusion;
  const what = conclusion.meaning === 'effect' ? 'An effect' : 'An association';
  const name = `${what} of ${causeName(conclusion)} ${conclusion.meaning === 'effect' ? 'on' : 'with'} ${latent}`;
  const spreads = spread?.verdict === 'supported' ? [spreadText(conclusion)] : [];
  if (verdict === 'supported') {
    const robust = conclusion.robustness ? [robustnessText([conclusion.robustness], 'this association')] : [];
    const mixed = mixtureTexts([conclusion]);
    return [supportedEffectText(conclusion), ...robust, directEffectText(conclusion), ...mixed, ...spreads]
      .filter(Boolean)
      .join(' ');
  }
  const figures = effect ? ` (${sizeText(effect)}${q === undefined ? '' : `, ${pPhrase(q, 'q')}`})` : '';
  if (verdict === 'not-supported') {
    return [`${name} is not supported${figures}: 0.3 standard deviations are ruled out.`, ...spreads].join(' ');
  }
  const isUnidentified = reason === 'confounded' || reason === 'batch' || reason === 'too-few';
  const verb = isUnidentified ? 'is not identifiable' : 'is undecided';
  const seen =
    reason === 'low-power' && power !== undefined ? `, and would find them with probability ${decimals(power)}` : '';
  const number =
    reason === 'too-few'
      ? ` (${counted(units, 'held-out subject, group or batch', 'held-out subjects, groups or batches')})`
      : '';
  return [
    `${name} ${verb}${figures}: ${reason ? EFFECT_REASONS[reason] : 'no reason is recorded'}${number}${seen}.`,
    ...spreads,
  ].join(' ');
}

/** What `supportedEffectText` reads. */
type SupportedEffect = Pick<
  CauseConclusion,
  'cause' | 'level' | 'latent' | 'effect' | 'q' | 'curve' | 'meaning' | 'reference'
>;

/** Returns a supported effect: "guide = IFNGR1 lowers cells.z1 by 1.40 sd (95 % interval 1.30 to 1.50, q < 10⁻¹⁰)." */
export function supportedEffectText(conclusion: SupportedEffect): string {
  const { latent, effect, q, meaning, cause, level, reference, curve } = conclusion;
  const { estimate, lower, upper } = effect!;
  const isClear = lower > 0 || upper < 0;
  const figures = (bounds: readonly [number, number]) =>
    `95 % interval ${decimals(Math.min(...bounds))} to ${decimals(Math.max(...bounds))}, ${pPhrase(q, 'q')}`;
  if (!isClear && curve) {
    return meaning === 'effect'
      ? `${cause} changes ${latent} along a curve (${pPhrase(q, 'q')}).`
      : `${latent} is associated with ${cause} along a curve (${pPhrase(q, 'q')}).`;
  }
  const size = decimals(Math.abs(estimate));
  const range = figures(estimate < 0 ? [-upper, -lower] : [lower, upper]);
  const [per, than] =
    level === undefined ? [` per sd of ${cause}`, ''] : ['', ` than with ${reference ?? 'the reference'}`];
  if (meaning === 'effect') {
    const verb = estimate < 0 ? 'lowers' : 'raises';
    return `${causeName(conclusion)} ${verb} ${latent} by ${size} sd${per} (${range}).`;
  }
  return level === undefined
    ? `${latent} is ${size} sd ${estimate < 0 ? 'lower' : 'higher'}${per} (${range}).`
    : `With ${causeName(conclusion)}, ${latent} is ${size} sd ${estimate < 0 ? 'lower' : 'higher'}${than} (${range}).`;
}

/** Returns whether a supported effect is direct. */
export function directEffectText({ direct, meaning, isMixture }: CauseConclusion): string {
  if (!direct) return '';
  const { verdict, reason, through } = direct;
  const noun = meaning === 'effect' ? 'effect' : 'association';
  if (verdict === 'through') return throughText(direct, noun);
  if (verdict === 'direct') {
    if (through.length === 0) return `No other latent is known to pass this ${noun} on.`;
    // Whether another mixture of the same latents passes it on is not known.
    const remains = noun === 'effect' && !isMixture ? 'an effect remains: it is direct' : `an ${noun} remains`;
    return `Given ${listed(through)}, ${remains}.`;
  }
  const why = reason ? DIRECT_REASONS[reason] : 'no reason is recorded';
  return `It is undecided whether this ${noun} is direct: ${why}.`;
}

/** Returns how much of an effect can remain given other latents (95 %), rounded up, in the unit of the effect. */
function throughText(
  { through, lower = 0, upper = 0 }: NonNullable<CauseConclusion['direct']>,
  noun: CauseConclusion['meaning'],
): string {
  const bound = Math.ceil(100 * Math.max(-lower, upper)) / 100;
  return `Given ${listed(through)}, less than ${decimals(bound)} sd of this ${noun} remains.`;
}

/**
 * Returns which latents with supported results may be mixtures, and what the results then mean: a sentence for each
 * modality.
 */
export function mixtureTexts(effects: readonly CauseConclusion[]): string[] {
  const mixed = effects.filter((one) => one.verdict === 'supported' && one.isMixture);
  return [...new Set(mixed.map(({ modality }) => modality))].map((modality) => {
    const ofModality = mixed.filter((one) => one.modality === modality);
    const latents = [...new Set(ofModality.map(({ latent }) => latent))].sort();
    const named = latents.length > MAX_NAMED ? `${latents.length} latents of ${modality}` : listed(latents);
    const isOne = latents.length === 1;
    const [what, it, whole] = isOne ? ['a mixture', 'it', 'this mixture'] : ['mixtures', 'them', 'these mixtures'];
    return `${named} may be ${what} of the latents of ${modality}: results on ${it} hold for ${whole}.`;
  });
}

function spreadText(conclusion: CauseConclusion): string {
  const { latent, spread, level } = conclusion;
  const { estimate, lower, upper } = spread!;
  const range = `95 % interval ${decimals(lower)} to ${decimals(upper)}`;
  return level === undefined
    ? `The spread of ${latent} changes by a factor of ${decimals(estimate)} per sd of ${conclusion.cause} (${range}).`
    : `With ${causeName(conclusion)}, ${latent} varies ${decimals(estimate)} times as much (${range}).`;
}

function sizeText({ estimate, lower, upper }: NonNullable<CauseConclusion['effect']>): string {
  return `${decimals(estimate)} sd, 95 % interval ${decimals(lower)} to ${decimals(upper)}`;
}

/** Returns the conclusion about the latents of a modality together. */
export function blockText(block: CauseBlockConclusion): string {
  const { modality, verdict, q, meaning } = block;
  const name = causeName(block);
  const figures = pPhrase(q, 'q');
  if (verdict === 'supported') {
    return meaning === 'effect'
      ? `${name} moves the latents of ${modality} as a whole (${figures}).`
      : `The latents of ${modality} as a whole differ with ${name} (${figures}).`;
  }
  const relation = meaning === 'effect' ? 'effect of' : 'association of';
  const preposition = meaning === 'effect' ? 'on' : 'with';
  return `No ${relation} ${name} ${preposition} the latents of ${modality} as a whole was found (${figures}).`;
}

/** Returns the main conclusion about the causes in one sentence. */
export function causeHeadline({ effects, blocks }: CauseConclusions): string {
  const supported = [...effects, ...blocks].filter(isCauseFound);
  const causes = [...new Set(effects.map(({ cause }) => cause))];
  const tested = effects.filter(({ effect }) => effect !== undefined);
  if (tested.length === 0) return `Not tested: too few subjects to judge ${listed(causes)}.`;
  if (supported.length === 0) {
    const of = (meaning: CauseConclusion['meaning']) => [
      ...new Set(tested.filter((one) => one.meaning === meaning).map(({ cause }) => cause)),
    ];
    const [assigned, observed] = [of('effect'), of('association')];
    return [
      ...(assigned.length > 0 ? [`No effect of ${listed(assigned)} on a latent was found.`] : []),
      ...(observed.length > 0 ? [`No association of ${listed(observed)} with a latent was found.`] : []),
    ].join(' ');
  }
  const nameOf = areLevelsNamed(supported) ? causeName : ({ cause }: CauseResult) => cause;
  const names = causes.flatMap((cause) => [...new Set(supported.filter((one) => one.cause === cause).map(nameOf))]);
  const parts = names.map((name) => {
    return resultText(
      name,
      supported.filter((one) => nameOf(one) === name),
    );
  });
  return `${parts.join('; ')}.`;
}

/** True if `causeHeadline` says of each level what it moves, false if it only does so of each cause. */
function areLevelsNamed(results: readonly CauseResult[]): boolean {
  return new Set(results.map(causeName)).size <= MAX_NAMED;
}

/** Returns "arm = a1 affects blood.z1 and the latents of body". @param results of one cause, or of one of its levels */
function resultText(name: string, results: readonly CauseResult[]): string {
  const single = results.flatMap((one) => ('latent' in one ? [one] : []));
  const whole = results.filter((one) => !single.some(({ modality }) => modality === one.modality));
  const latents = [
    ...new Set([
      ...single.map(({ latent }) => latent).sort(),
      ...whole.map(({ modality }) => `the latents of ${modality}`),
    ]),
  ];
  const named = latents.length > MAX_NAMED ? counted(latents.length, 'latent') : listed(latents);
  return results[0].meaning === 'effect' ? `${name} affects ${named}` : `${name} is associated with ${named}`;
}

type CauseResult = CauseConclusion | CauseBlockConclusion;

/** Returns sentences about the causes for a summary. @param figures number of effects with their figures */
export function causeSentences({ effects, blocks }: CauseConclusions, figures: number): string[] {
  const tested = effects.filter(({ effect }) => effect !== undefined);
  const supported = effects.filter(({ verdict }) => verdict === 'supported');
  const spreads = effects.filter(({ spread, verdict }) => verdict !== 'supported' && spread?.verdict === 'supported');
  const ruledOut = effects.filter(({ verdict }) => verdict === 'not-supported').length;
  const shown = supported
    .slice(0, figures)
    .map((one) => [supportedEffectText(one), shortDirect(one)].filter(Boolean).join(' '));
  const moved = untracedBlocks({ effects, blocks }).filter(({ verdict }) => verdict === 'supported');
  const robust = supported.flatMap(({ robustness }) => robustness ?? []);
  const which = robust.length === 1 ? 'this association' : 'any of these associations';
  return [
    ...shown,
    ...(shown.length > 0 && robust.length > 0 ? [robustnessText(robust, which)] : []),
    ...levelCounts([...effects, ...blocks].filter(isCauseFound), tested),
    ...spreads.slice(0, Math.max(0, figures - shown.length)).map(spreadText),
    ...mixtureTexts(supported),
    ...(moved.length > 0 ? [movedText(moved)] : []),
    ...(tested.length > supported.length
      ? [
          `Of ${counted(tested.length - supported.length, 'other combination')} of a level and a latent, ` +
            `0.3 sd are ruled out for ${ruledOut}.`,
        ]
      : []),
    ...unidentifiedTexts(effects),
  ];
}

/** Returns how many levels of each cause change a latent, unless `causeHeadline` names these levels. */
function levelCounts(results: readonly CauseResult[], tested: readonly CauseConclusion[]): string[] {
  if (areLevelsNamed(results)) return [];
  return [...new Set(results.map(({ cause }) => cause))].flatMap((cause) => {
    const levels = tested.filter((one) => one.cause === cause && one.level !== undefined);
    const moving = new Set(levels.filter(isCauseFound).map(causeName)).size;
    if (moving === 0) return [];
    const share = `${moving} of ${counted(new Set(levels.map(causeName)).size, 'level')} of ${cause}`;
    const isOne = moving === 1;
    return [
      levels[0].meaning === 'effect'
        ? `${share} ${isOne ? 'changes' : 'change'} a latent.`
        : `A latent differs with ${share}.`,
    ];
  });
}

function shortDirect({ direct, meaning }: CauseConclusion): string {
  return direct?.verdict === 'through' ? throughText(direct, meaning) : '';
}

function movedText(blocks: readonly CauseBlockConclusion[]): string {
  const names = blocks.map((block) => `${causeName(block)} (${block.modality})`);
  const named = names.length > MAX_NAMED ? counted(names.length, 'level') : listed(names);
  return `The latents of a modality as a whole differ with ${named}, which cannot be traced to single latents.`;
}

/** Returns which levels cannot be judged, and why. */
export function unidentifiedTexts(effects: readonly CauseConclusion[]): string[] {
  const ofReason = (reason: CauseConclusion['reason']) => [
    ...new Set(effects.filter((one) => one.reason === reason).map(causeName)),
  ];
  const named = (names: readonly string[]) =>
    names.length > MAX_NAMED ? counted(names.length, 'level') : listed(names);
  const [few, same, gaps] = [ofReason('too-few'), ofReason('confounded'), ofReason('gaps')];
  return [
    ...(few.length > 0 ? [`Not identifiable, because too few have the level or the reference: ${named(few)}.`] : []),
    ...(same.length > 0
      ? [`Not identifiable, because another cause or a batch is the same partition: ${named(same)}.`]
      : []),
    ...sameAsBatchTexts(effects),
    ...(gaps.length > 0
      ? [`Undecided in part, because which values are missing depends on the level: ${named(gaps)}.`]
      : []),
  ];
}

/** Returns the causes that the batches of a modality are the same as, a sentence for each modality. */
function sameAsBatchTexts(effects: readonly CauseConclusion[]): string[] {
  const same = effects.filter(({ reason }) => reason === 'batch');
  return [...new Set(same.map(({ modality }) => modality))].map((modality) => {
    const causes = new Set(same.filter((one) => one.modality === modality).map(({ cause }) => cause));
    const names = listed([...causes]);
    return `Not identifiable in ${modality}, because its batches divide the subjects in the same way: ${names}.`;
  });
}

/** Returns the unit of the sizes of effects; an empty text if none has a size. */
export function unitText(effects: readonly Pick<CauseConclusion, 'cause' | 'level' | 'effect'>[]): string {
  const measured = effects.filter(({ effect }) => effect !== undefined);
  const numbers = [...new Set(measured.filter(({ level }) => level === undefined).map(({ cause }) => cause))];
  const isOfLevel = measured.some(({ level }) => level !== undefined);
  return [
    ...(isOfLevel ? ['1 sd is the standard deviation of subjects with the reference level.'] : []),
    ...numbers.map((name) => `For ${name}, 1 sd is that of subjects with the same ${name}.`),
  ].join(' ');
}

/** Returns which causes have effects, and which only associations, and the unit of their sizes. */
export function causeCaveat({ effects }: CauseConclusions): string {
  const of = (meaning: CauseConclusion['meaning']) => [
    ...new Set(effects.filter((one) => one.meaning === meaning).map(({ cause }) => cause)),
  ];
  const [assigned, observed] = [of('effect'), of('association')];
  const isPlural = assigned.length > 1;
  return [
    ...(assigned.length > 0
      ? [`Effects of ${listed(assigned)} are causal, since ${isPlural ? 'they were' : 'it was'} assigned.`]
      : []),
    ...(observed.length > 0
      ? [`Associations with ${listed(observed)} are not effects: causes that were not measured can produce them.`]
      : []),
    ...[unitText(effects)].filter(Boolean),
  ].join(' ');
}
