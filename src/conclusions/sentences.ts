// The conclusions in plain English: the only place where verdicts become sentences.

import { counted, decimals, listed, pText } from '../format.js';
import type { Conclusions, LatentConclusion, LinkConclusion, OrderConclusion, PairConclusion } from './conclusions.js';

/** Pairs and links that a summary names. */
const MAX_NAMED = 4;
type Interval = NonNullable<PairConclusion['correlation']>;

/** Returns "0.41 (95 % interval 0.30 to 0.51)". */
export function correlationText({ estimate, lower, upper }: Interval): string {
  return `${decimals(estimate)} (95 % interval ${decimals(lower)} to ${decimals(upper)})`;
}

/** Returns "1,000 subjects", or "1,000 rows of 40 groups". */
export function subjectsText({ subjects, groups }: Pick<Conclusions, 'subjects' | 'groups'>): string {
  return groups === undefined
    ? counted(subjects, 'subject')
    : `${counted(subjects, 'row')} of ${counted(groups, 'group')}`;
}

/** Returns the answer in one sentence. */
export function headline(conclusions: Conclusions): string {
  const { status } = conclusions;
  const pairs = testedOf(conclusions);
  if (status === 'untested') return 'Not tested: it is not known whether the modalities are associated.';
  if (status === 'too-few') {
    return `Not tested: ${subjectsText(conclusions)} are too few to tell whether the modalities are associated.`;
  }
  const supported = pairs.filter(({ verdict }) => verdict === 'supported');
  if (supported.length === 0) {
    return pairs.length === 1
      ? `No association between ${pairs[0].first} and ${pairs[0].second} was found.`
      : `No association was found between any two of the modalities (${counted(pairs.length, 'pair')}).`;
  }
  if (pairs.length === 1) return `${pairs[0].first} and ${pairs[0].second} are associated.`;
  const names = supported.slice(0, MAX_NAMED).map(({ first, second }) => `${first} and ${second}`);
  const more = supported.length > MAX_NAMED ? [`${supported.length - MAX_NAMED} more`] : [];
  const which = [...names, ...more].join('; ');
  return `${supported.length} of ${counted(pairs.length, 'pair')} of modalities are associated: ${which}.`;
}

/** Returns the pairs of which enough subjects have both: others say nothing, and no correction counts them. */
function testedOf({ pairs }: Conclusions): PairConclusion[] {
  return pairs.filter(({ p }) => p !== undefined);
}

/**
 * Returns what is known of a pair of modalities, with its figures.
 * @param pairs that were tested
 */
export function pairText(
  { first, second, verdict, reason, subjects, p, corrected, correlation }: PairConclusion,
  pairs: number,
): string {
  if (reason === 'too-few') {
    return `${first} and ${second} were not tested: only ${counted(subjects, 'subject has', 'subjects have')} both.`;
  }
  if (p === undefined || correlation === undefined) return `${first} and ${second} were not tested.`;
  const figures =
    `p ${pText(corrected)}${pairs > 1 ? `, corrected for ${counted(pairs, 'pair')}` : ''}; ` +
    `correlation of held-out subjects ${correlationText(correlation)}`;
  if (verdict === 'supported') return `${first} and ${second} are associated (${figures}).`;
  const rest =
    verdict === 'not-supported'
      ? 'A correlation of 0.3 is ruled out.'
      : 'The study is too small to rule out a correlation of 0.3.';
  return `No association between ${first} and ${second} was found (${figures}). ${rest}`;
}

/** Returns what is known of a latent. */
export function latentText({ name, verdict, agreement, chance }: LatentConclusion): string {
  const figures =
    agreement === undefined
      ? ''
      : ` (correlation of two folds' latents ${decimals(agreement)}` +
        `${chance ? `; random axes reach ${decimals(chance)}` : ''})`;
  const words = {
    replicated: `${name} is replicated: models of disjoint subjects find it${figures}.`,
    mixture:
      `${name} may be a mixture: models of disjoint subjects find what its modality has in common with others, ` +
      `but not this latent beyond chance${figures}.`,
    'not-replicated': `${name} is not replicated: models of disjoint subjects find something else${figures}.`,
    untested: `${name} was not tested for replication.`,
  } as const;
  return words[verdict];
}

const REASONS: Readonly<Record<NonNullable<LinkConclusion['reason']>, string>> = {
  explained: 'no direct correlation is found, and one of 0.3 is ruled out',
  'low-power': 'the study is too small to tell a direct link from none',
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

/** Returns what is known of a link, with its figures. */
export function linkText(link: LinkConclusion): string {
  const { first, second, verdict, reason, sign, direct, association, given, q } = link;
  const names = `${first} and ${second}`;
  if (verdict === 'supported' && direct) {
    const conditioned = given.length === 0 ? '' : ` given ${listed(given)}`;
    const end = { '+': ': they rise together', '−': ': one falls as the other rises', '': '' }[sign ?? ''];
    return (
      `${names} are directly linked${end} (correlation${conditioned} ${correlationText(direct)}, ` +
      `q ${pText(q)}). ${directionText(link)}`
    );
  }
  const figures = association ? ` (association ${correlationText(association)}, p ${pText(association.p)})` : '';
  const verb = verdict === 'undecided' ? 'is undecided' : 'is not supported';
  return `A direct link of ${names} ${verb}${figures}: ${reason ? REASONS[reason] : 'no reason is recorded'}.`;
}

/** Returns what is known of a link's direction. */
export function directionText({ direction }: Pick<LinkConclusion, 'direction'>): string {
  const { verdict, from, to, by, share, reversed } = direction;
  if (verdict === 'undecided') {
    const reason = reversed === 'as-well' ? ': the reversed order explains held-out subjects as well' : '';
    return `Its direction is not known${reason}.`;
  }
  if (verdict === 'assumed') {
    const other = reversed === undefined ? '' : REVERSED[reversed];
    return `The direction, from ${from} to ${to}, is assumed: it is the order in the study file${other}.`;
  }
  const shares = share === undefined ? '' : `, in ${Math.round(100 * share)} % of half-samples`;
  return `Its direction, from ${from} to ${to}, is supported${by === 'collider' ? ' by a collider' : ''}${shares}.`;
}

const REVERSED = {
  'as-well': '; the reversed order explains held-out subjects as well',
  better: '; the reversed order explains held-out subjects better',
  worse: '',
} as const;

/** Returns how the study's order of modalities compares with the reversed order. */
export function orderText({ reversed, difference, standardError, subjects }: OrderConclusion): string {
  const figures =
    `difference ${decimals(difference, 3)} nats per subject, standard error ${decimals(standardError, 3)}, ` +
    counted(subjects, 'subject');
  if (reversed === 'as-well') {
    return (
      `With the modalities in reversed order the model explains held-out subjects as well (${figures}): the data ` +
      'give no direction.'
    );
  }
  const better = reversed === 'worse' ? "The study's order of modalities" : 'The reversed order of modalities';
  return (
    `${better} explains held-out subjects better (${figures}). This depends on the mechanisms that the model can ` +
    'learn, and supports no direction.'
  );
}

/** Returns three to ten sentences that can be copied into a paper, each with its figures and its caveat. */
export function summarySentences(conclusions: Conclusions): string[] {
  const { status, pairs, latents, links, order } = conclusions;
  if (status !== 'tested') {
    return [headline(conclusions), UNTESTED[status], 'No link between modalities is supported, and none is drawn.'];
  }
  const supported = pairs.filter(({ verdict }) => verdict === 'supported');
  const direct = links.filter(({ verdict, isWithin }) => verdict === 'supported' && !isWithin);
  const replicated = latents.filter(({ verdict }) => verdict === 'replicated');
  const undecided = links.filter(({ verdict, isWithin }) => verdict === 'undecided' && !isWithin);
  const sentences = [
    `${headline(conclusions)} Each of ${subjectsText(conclusions)} was encoded by models that had not seen it.`,
    ...(supported.length > 0 ? supported : pairs)
      .slice(0, 2)
      .map((pair) => pairText(pair, testedOf(conclusions).length)),
    `Models of disjoint subjects find ${replicated.length} of ${counted(latents.length, 'latent')} beyond chance` +
      `${replicated.length === 0 ? '' : `: ${listed(replicated.map(({ name }) => name))}`}.`,
  ];
  if (supported.length > 0) {
    sentences.push(
      direct.length === 0
        ? 'No direct link between two latents is supported: what the modalities have in common is not traced to ' +
            'single latents.'
        : `${counted(direct.length, 'direct link')} between latents ${direct.length === 1 ? 'is' : 'are'} supported.`,
      ...direct.slice(0, order ? 2 : 3).map(linkText),
      ...(order && direct.length > 0 ? [orderText(order)] : []),
    );
    if (undecided.length > 0) {
      const names = undecided.slice(0, MAX_NAMED).map(({ first, second }) => `${first} – ${second}`);
      const more = undecided.length > MAX_NAMED ? [`${undecided.length - MAX_NAMED} more`] : [];
      sentences.push(`The study cannot decide about direct links of ${listed([...names, ...more])}.`);
    }
  }
  sentences.push(
    supported.length > 0
      ? 'Associations are not effects: causes that were not measured can produce them.'
      : 'This does not show that the modalities are unrelated: more subjects may show what is weak.',
  );
  return sentences.slice(0, 10);
}

const UNTESTED = {
  untested: 'The fit was told not to test. What its links show may be chance: fit again without --evidence none.',
  'too-few': 'A model must be fitted to one half of the subjects and tested on the other half: 40 subjects are needed.',
} as const;
