// The conclusions in plain English. Only this module turns verdicts into sentences.

import { unitNames } from '../causal/blocks.js';
import type { OneOfLinks } from '../causal/discovery/link-figures.js';
import { counted, decimals, listed, pPhrase, pText } from '../text/numbers.js';
import { batchText } from './batches.js';
import { causeCaveat, causeHeadline, causeName, causeSentences } from './cause-sentences.js';
import type { Conclusions, LatentConclusion, LinkConclusion, OrderConclusion, PairConclusion } from './conclusions.js';
import { batchReason } from './directions.js';
import { robustnessText } from './robustness.js';
import { linksOfBlocks } from './latent-sentences.js';
import { notConfirmedText, type SearchedGraph } from './searched-links.js';
import { sameText, sharedSummary } from './shared-sentences.js';
import { subjectsText } from './subject-counts.js';
import { adviceText, unidentifiedText, verdictsText } from './unidentified.js';

/** Maximum number of pairs that a headline names, and of latents that a sentence names. */
const MAX_NAMED = 4;
/** Maximum number of pairs and links with figures in a summary; fewer if there are many other sentences. */
const MAX_FIGURES = 2;
const MAX_SENTENCES = 10;
/** Minimum number of subjects or groups for a test, in both folds together. */
const MIN_SUBJECTS = 40;
const MIN_GROUPS = 20;
/** Maximum number of conditioning latents of a link that a sentence names. */
const MAX_CONDITIONING = 3;
type Interval = NonNullable<PairConclusion['correlation']>;

/** Returns "0.41 (95 % interval 0.30 to 0.51)". */
export function correlationText({ estimate, lower, upper }: Interval): string {
  return `${decimals(estimate)} (95 % interval ${decimals(lower)} to ${decimals(upper)})`;
}

/** Returns the main conclusion in one sentence. */
export function headline(conclusions: Conclusions): string {
  const { status, latents } = conclusions;
  const pairs = testedOf(conclusions);
  if (status === 'one-modality') {
    return `No latent is identified: ${latents[0].modality} is the only modality, and no cause is declared.`;
  }
  if (status === 'untested') return 'Not tested: it is not known whether the modalities are associated.';
  if (status === 'copied-rows') return 'Not tested: rows are copies of other rows, or repetitions of the same people.';
  if (status === 'too-few') {
    if (hasEnoughSubjects(conclusions)) return 'Not tested: too few subjects have two modalities.';
    return `Not tested: ${subjectsText(conclusions)} are too few to tell whether the modalities are associated.`;
  }
  const supported = pairs.filter(({ verdict }) => verdict === 'supported');
  // With causes, one modality can be a study.
  if (conclusions.causes && supported.length === 0) return causeHeadline(conclusions.causes);
  if (supported.length === 0) {
    return pairs.length === 1
      ? `No association between ${pairs[0].first} and ${pairs[0].second} was found.`
      : `No association was found between any two of the modalities (${counted(pairs.length, 'pair')}).`;
  }
  if (pairs.length === 1) return `${pairs[0].first} and ${pairs[0].second} are associated.`;
  const names = supported.slice(0, MAX_NAMED).map(({ first, second }) => `${first} and ${second}`);
  const more = supported.length > MAX_NAMED ? [`${supported.length - MAX_NAMED} more`] : [];
  const share = supported.length === pairs.length ? `All ${pairs.length}` : `${supported.length} of ${pairs.length}`;
  const verb = supported.length === 1 ? 'is' : 'are';
  return `${share} pairs of modalities ${verb} associated: ${[...names, ...more].join('; ')}.`;
}

/** Returns the pairs that enough subjects have both modalities of. Only these are tested and counted by corrections. */
function testedOf({ pairs }: Conclusions): PairConclusion[] {
  return pairs.filter(({ p }) => p !== undefined);
}

/** Returns the conclusion about a pair of modalities, with its figures. @param pairs number of tested pairs */
export function pairText(pair: PairConclusion, pairs: number): string {
  const { first, second, verdict, reason, subjects, correlation } = pair;
  const names = `${first} and ${second}`;
  if (reason === 'too-few') {
    return `${names} were not tested: only ${counted(subjects, 'subject has', 'subjects have')} both.`;
  }
  if (reason === 'copied-rows' || correlation === undefined) return `${names} were not tested.`;
  const p = correctedPhrase(pair, pairs);
  if (verdict === 'supported') {
    const isStraight = correlation.lower > 0 || correlation.upper < 0;
    const figures = isStraight
      ? `the latents of ${names} correlate by ${correlationText(correlation)}, ${p}`
      : `the latents of ${names} show no clear linear correlation: ${correlationText(correlation)}. The modalities ` +
        `are nevertheless associated (${p}): by a curve, by their spread, or in directions that these latents miss`;
    return `In held-out subjects, ${figures}.${withinText(pair, pairs)}`;
  }
  const rest =
    verdict === 'not-supported'
      ? 'A correlation of 0.3 is ruled out.'
      : 'The study is too small to rule out a correlation of 0.3.';
  return (
    `No association between ${names} was found (${p}). In held-out subjects, their latents correlate by ` +
    `${correlationText(correlation)}. ${rest}`
  );
}

/**
 * Returns the caution that differences between groups may explain the association. An association within groups is not
 * reported: if the rows of a group are a time series, p is too small.
 */
function withinText({ within }: PairConclusion, pairs: number): string {
  if (!within || within.associated) return '';
  const p = correctedPhrase(within, pairs);
  return ` Within groups the latents show no association (${p}): differences between groups may explain it.`;
}

function correctedPhrase({ corrected }: Pick<PairConclusion, 'corrected'>, pairs: number): string {
  return pairs > 1 ? `corrected ${pPhrase(corrected)}` : pPhrase(corrected);
}

const REASONS: Readonly<Record<NonNullable<LinkConclusion['reason']>, string>> = {
  explained: 'no direct correlation is found, and one of 0.3 is ruled out',
  'low-power': 'the study is too small to tell a direct link from none',
  inconsistent: 'folds disagree on it, or tests with and without the correction for measurement errors do',
  interchangeable: 'the variables that account for it are not known to lie between, and may be linked instead',
  'not-measured': 'what could explain the association is measured too badly to be accounted for',
  leak: 'it may belong to another latent of the same modality',
  corrected: 'it is not significant once all links are counted',
  small: 'it is no larger than what the correction for measurement errors may leave over',
  'not-replicated': 'models of disjoint subjects do not find these latents',
  'modalities-not-associated': 'no association between the modalities was found',
  'within-modality': 'links within a modality are not tested',
  untested: 'it was not tested',
};

/** Returns why a link is not supported, as the end of a sentence. */
export function reasonText(reason: NonNullable<LinkConclusion['reason']>): string {
  return REASONS[reason];
}

/** Returns the conclusion about a link, with its figures and its direction. */
export function linkText(link: LinkConclusion): string {
  if (link.same) return sameText({ latents: [link.first, link.second], correlation: link.same });
  const { first, second, verdict, reason, association, robustness } = link;
  if (verdict === 'supported') {
    const robust = robustness ? [robustnessText([robustness], 'this link')] : [];
    return [supportedLink(link), ...robust, directionText(link)].join(' ');
  }
  const figures = association ? ` (association ${correlationText(association)}, ${pPhrase(association.p)})` : '';
  const verb = verdict === 'undecided' ? 'is undecided' : 'is not supported';
  const why = reason ? REASONS[reason] : 'no reason is recorded';
  return [`A direct link of ${first} and ${second} ${verb}${figures}: ${why}.`, ...oneOfTexts([link])].join(' ');
}

/** Returns a sentence for each supported link with a group of variables that cannot be distinguished. */
export function oneOfTexts(links: readonly MaybeOneOf[]): string[] {
  const texts = links
    .flatMap(({ oneOf = [] }) => oneOf)
    .map(({ from, to, q }) =>
      to.length === 1
        ? `${from} has a direct link with ${to[0]} (${pPhrase(q, 'q')}), which is a block of mixed latents.`
        : `${from} has a direct link with at least one of ${listed(to)} (${pPhrase(q, 'q')}); the study cannot show ` +
          'with which.',
    );
  return [...new Set(texts)];
}

interface MaybeOneOf {
  readonly oneOf?: readonly OneOfLinks[] | undefined;
}

/** Returns one sentence about all links with groups. */
function oneOfSummary(links: readonly MaybeOneOf[]): string[] {
  const texts = oneOfTexts(links);
  if (texts.length <= 1) return texts;
  const from = [...new Set(links.flatMap(({ oneOf = [] }) => oneOf.map((one) => one.from)))];
  const named = from.length > MAX_NAMED ? `${from.length} variables` : listed(from);
  const verb = from.length === 1 ? 'has' : 'have';
  return [`${named} ${verb} direct links with one of several other variables that the study cannot distinguish.`];
}

function supportedLink({ first, second, sign, direct, conditioning, q }: LinkConclusion): string {
  const end = { '+': ': they rise together', '−': ': one falls as the other rises', none: '' }[sign ?? 'none'];
  const named =
    conditioning.length > MAX_CONDITIONING ? counted(conditioning.length, 'other latent') : listed(conditioning);
  const conditioned = conditioning.length === 0 ? '' : ` given ${named}`;
  const figures = direct ? ` (correlation${conditioned} ${decimalsWithin(direct)}, ${pPhrase(q, 'q')})` : '';
  return `${first} and ${second} are directly linked${end}${figures}.`;
}

function decimalsWithin({ estimate, lower, upper }: Interval): string {
  return `${decimals(estimate)}, 95 % interval ${decimals(lower)} to ${decimals(upper)}`;
}

/** Returns the conclusion about the direction of a link. */
export function directionText({ direction, same }: Pick<LinkConclusion, 'direction' | 'same'>): string {
  if (same) return 'There is no direction between them.';
  const { verdict, from, to, by, share, cause, reversed, sameAsBatch } = direction;
  if (verdict === 'undecided') {
    if (sameAsBatch !== undefined) return `Its direction is not known: ${batchReason(sameAsBatch)}.`;
    const reason = reversed === 'as-well' ? ': the reversed order explains held-out subjects as well' : '';
    return `Its direction is not known${reason}.`;
  }
  if (verdict === 'assumed') {
    const other = reversed === undefined ? '' : REVERSED[reversed];
    return `The direction, from ${from} to ${to}, is assumed: it is the order in the study file${other}.`;
  }
  if (cause) {
    const level = causeName({ cause: cause.name, level: cause.level });
    return (
      `Its direction is from ${from} to ${to}: ${level} acts on ${from}, and on ${to} only through it (unless two of ` +
      'its effects cancel).'
    );
  }
  const shares = share === undefined ? '' : `, in ${Math.round(100 * share)} % of half-samples`;
  return `Its direction, from ${from} to ${to}, is supported${by === 'collider' ? ' by a collider' : ''}${shares}.`;
}

const REVERSED = {
  'as-well': '; the reversed order explains held-out subjects as well',
  better: '; the reversed order explains held-out subjects better',
  worse: '',
} as const;

/**
 * Returns the comparison of the study's order of modalities with the reversed order.
 * @param supported number of directions that something else supports
 */
export function orderText(
  { reversed, difference, standardError, subjects }: OrderConclusion,
  supported: number,
): string {
  const figures =
    `difference ${decimals(difference, 3)} nats per subject, standard error ${decimals(standardError, 3)}, ` +
    counted(subjects, 'subject');
  if (reversed === 'as-well') {
    return (
      `With the modalities in reversed order the model explains held-out subjects as well (${figures}): the data ` +
      `give no ${supported > 0 ? 'other ' : ''}direction.`
    );
  }
  const better = reversed === 'worse' ? "The study's order of modalities" : 'The reversed order of modalities';
  return (
    `${better} explains held-out subjects better (${figures}). This depends on the mechanisms that the model can ` +
    `learn, and supports no ${supported > 0 ? 'other ' : ''}direction.`
  );
}

/** Returns a verdict as a table cell. */
export function verdictCell(verdict: LinkConclusion['verdict']): string {
  return verdict === 'not-supported' ? 'not supported' : verdict;
}

/** Returns the direction of a link as a table cell: `not known`, `a.z1 → b.z1, assumed`. */
export function directionCell({ direction, same }: Pick<LinkConclusion, 'direction' | 'same'>): string {
  if (same) return 'the same variable';
  const { verdict, from, to } = direction;
  return verdict === 'undecided' ? 'not known' : `${from} → ${to}, ${verdict}`;
}

/**
 * Returns three to ten sentences that can be copied into a paper. The last one is the caveat.
 * @param searched graph of a search over latents and measured variables, if one was made
 */
export function summarySentences(conclusions: Conclusions, searched?: SearchedGraph): string[] {
  if (conclusions.status !== 'tested') {
    return [
      headline(conclusions),
      ...listOf(untestedText(conclusions)),
      ...listOf(unidentifiedText(conclusions)),
      ...listOf(adviceText(conclusions)),
      conclusions.status === 'one-modality'
        ? 'Links within a modality are not tested.'
        : 'No link between modalities is supported, and none is drawn.',
    ];
  }
  for (let figures = MAX_FIGURES; ; figures--) {
    const sentences = testedSummary(conclusions, searched, figures);
    if (sentences.length <= MAX_SENTENCES || figures === 0) return sentences;
  }
}

/** @param figures number of pairs and links with their figures; at least one link has figures */
function testedSummary(conclusions: Conclusions, searched: SearchedGraph | undefined, figures: number): string[] {
  const tested = testedOf(conclusions);
  const supported = tested.filter(({ verdict }) => verdict === 'supported');
  const { causes, batches = [] } = conclusions;
  const unidentified = unidentifiedText(conclusions);
  const verdicts = unidentified === undefined ? [verdictsText(conclusions)] : [];
  return [
    headline(conclusions),
    ...(causes && supported.length > 0 ? [causeHeadline(causes)] : []),
    ...listOf(unidentified),
    `Each of ${subjectsText(conclusions)} was tested with latents from models that had not seen it.`,
    ...(causes ? causeSentences(causes, figures) : []),
    ...batches.filter(({ verdict }) => verdict !== 'undecided').map(batchText),
    ...(supported.length > 0
      ? [...supported.slice(0, figures).map((pair) => pairText(pair, tested.length)), ...verdicts]
      : [...withoutAssociation(tested), ...(causes ? verdicts : [])]),
    ...(supported.length > 0 ? sharedSummary(conclusions) : []),
    ...(supported.length > 0 ? linkSentences(conclusions, Math.max(1, figures)) : []),
    ...copiedText(conclusions),
    ...(searched ? notConfirmedText(conclusions, searched) : []),
    ...(supported.length > 0 ? oneOfSummary(searched?.undrawn ?? linksOfBlocks(conclusions)) : []),
    ...(unidentified === undefined ? [] : listOf(adviceText(conclusions))),
    caveat(conclusions, supported.length > 0),
  ];
}

function listOf(text: string | undefined): string[] {
  return text === undefined ? [] : [text];
}

function caveat({ causes, pairs }: Conclusions, isAssociated: boolean): string {
  const ofPairs = isAssociated
    ? [
        `${causes ? 'Associations between modalities' : 'These associations'} are not effects: ` +
          'causes that were not measured can produce them.',
      ]
    : pairs.length > 0
      ? ['This does not show that the modalities are unrelated: a larger study may find weak associations.']
      : [];
  return [...(causes ? [causeCaveat(causes)] : []), ...ofPairs].join(' ');
}

/** Returns the caution that common columns of two modalities may explain an association. */
function copiedText({ copied = [] }: Conclusions): string[] {
  if (copied.length === 0) return [];
  const more = copied.length > 1 ? `; ${counted(copied.length - 1, 'other pair')}` : '';
  return [`Modalities have columns in common, which associate them by themselves (${copied[0]}${more}).`];
}

/** Returns the size of associations that the study cannot exclude. */
function withoutAssociation(tested: readonly PairConclusion[]): string[] {
  if (tested.length === 0) return [];
  const clearest = tested.reduce((best, pair) => ((pair.corrected ?? 1) < (best.corrected ?? 1) ? pair : best));
  const ruledOut = tested.filter(({ verdict }) => verdict === 'not-supported').length;
  const which = ruledOut === tested.length && ruledOut > 1 ? 'all' : `${ruledOut} of`;
  return [
    `The smallest ${tested.length > 1 ? 'corrected ' : ''}p is ${pText(clearest.corrected)}, ` +
      `of ${clearest.first} and ${clearest.second}.`,
    `A correlation of 0.3 or more is ruled out for ${which} ${counted(tested.length, 'pair')}.`,
  ];
}

/** Returns a caution about links of latents that follow the library size. */
function depthText(links: readonly LinkConclusion[], latents: readonly LatentConclusion[]): string[] {
  const names = unitNames(latents);
  const linked = latents.filter(
    ({ name, depth }) =>
      depth !== undefined && links.some(({ first, second }) => [first, second].includes(names.get(name)!)),
  );
  if (linked.length === 0) return [];
  const named = listed(linked.slice(0, MAX_NAMED).map(({ name, depth }) => `${name} (${decimals(depth!)})`));
  const verb = linked.length === 1 ? 'follows' : 'follow';
  return [`${named} ${verb} the library size: such links may be differences of sequencing depth.`];
}

function linkSentences(conclusions: Conclusions, figures: number): string[] {
  const { latents, order } = conclusions;
  const across = linksOfBlocks(conclusions).filter(({ isWithin, same }) => !isWithin && !same);
  const supported = across.filter(({ verdict }) => verdict === 'supported');
  const undecided = across.filter(({ verdict }) => verdict === 'undecided').length;
  const open = undecided === 0 ? '' : `; ${undecided}${supported.length > 0 ? ' more' : ''} cannot be decided`;
  if (supported.length === 0) {
    return [`No direct link between two latents of different modalities is supported${open}.`];
  }
  const known = supported.filter(({ direction }) => direction.verdict !== 'undecided');
  const tested = known.filter(({ direction }) => direction.verdict === 'supported').length;
  const compared = tested < supported.length ? order : undefined;
  const shown = supported.slice(0, compared ? 1 : figures);
  return [
    `${counted(supported.length, 'direct link')} between latents ` +
      `${supported.length === 1 ? 'is' : 'are'} supported${open}.`,
    ...shown.map(supportedLink),
    robustnessText(
      supported.flatMap(({ robustness }) => robustness ?? []),
      supported.length === 1 ? 'this link' : 'any of these links',
    ),
    known.length === 0
      ? `The ${supported.length === 1 ? 'direction is' : 'directions are'} not known.`
      : directionsText(known, supported.length),
    ...(compared ? [orderText(compared, tested)] : []),
    ...depthText(supported, latents),
  ];
}

function directionsText(known: readonly LinkConclusion[], links: number): string {
  const assumed = known.filter(({ direction }) => direction.verdict === 'assumed').length;
  const tested = known.length - assumed;
  const parts = [
    ...(tested > 0 ? [`${tested} ${tested === 1 ? 'is' : 'are'} supported`] : []),
    ...(assumed > 0 ? [`${assumed} ${assumed === 1 ? 'is' : 'are'} assumed by the study file`] : []),
    ...(links > known.length ? [`${links - known.length} ${links - known.length === 1 ? 'is' : 'are'} not known`] : []),
  ];
  return `Of ${counted(links, 'direction')}, ${listed(parts)}.`;
}

/** True if there are enough subjects, although not enough with two modalities. */
function hasEnoughSubjects({ subjects, groups }: Conclusions): boolean {
  return groups === undefined ? subjects >= MIN_SUBJECTS : groups >= MIN_GROUPS;
}

/** Returns the reason why nothing was tested, and the remedy; undefined if the main conclusion gives the reason. */
function untestedText(conclusions: Conclusions): string | undefined {
  const { status, groups } = conclusions;
  if (status === 'one-modality') return undefined;
  if (status === 'untested') {
    return 'The fit made no tests, and its links may be chance: fit again without --evidence none.';
  }
  if (status === 'copied-rows') {
    return (
      'More rows than chance explains have another row that is nearly equal, and tests would count them as different ' +
      'people: name the column that identifies people (group), or remove the copies.'
    );
  }
  const needed = groups === undefined ? `${MIN_SUBJECTS} subjects` : `${MIN_GROUPS} groups`;
  return (
    'A model must be fitted to one fold of the subjects and tested on the other fold: ' +
    (hasEnoughSubjects(conclusions) ? `${needed} who have both modalities are needed.` : `${needed} are needed.`)
  );
}
