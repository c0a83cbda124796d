// What the equally good models of a fit have in common, and what the data leave open between them
// (docs/explanation/evidence.md).

import { counted, decimals } from '../text/numbers.js';
import type { RunSummary } from '../training/run-folder.js';
import type { Direction } from './directions.js';

type Equivalence = NonNullable<RunSummary['equivalence']>;
type LinkVerdict = NonNullable<RunSummary['evidence']>['links'][number]['verdict'];

/** What tests say about a link. */
interface JudgedLink {
  readonly first: string;
  readonly second: string;
  readonly verdict: LinkVerdict;
  readonly direction: Direction;
  /** Present if the two are the same variable, so that there is no link. */
  readonly same?: object | undefined;
}

/** A link in the graphs of the class. */
export interface ClassLink {
  readonly first: string;
  readonly second: string;
  /** Verdict of the tests; left out if the conclusions do not list the link. */
  readonly verdict?: LinkVerdict | undefined;
  /** `certain`: all graphs have the link between single latents. `absent`: none has it, though tests support it. */
  readonly presence: 'certain' | 'possible' | 'absent';
  /** Number of graphs with the link, and of those in which it belongs to a block of mixed latents. */
  readonly members: number;
  readonly blocks: number;
  /**
   * The direction in most of these graphs, and their number. `certain`: all graphs have the link in this direction, or
   * something else supports it. Left out if no graph has the link, or only one order of the modalities was fitted.
   */
  readonly direction?: {
    readonly presence: 'certain' | 'possible';
    readonly from: string;
    readonly to: string;
    readonly members: number;
  };
}

/** The graphs of models that explain held-out subjects as well as the best one, with as few edges. */
export interface EquivalenceConclusion {
  /** Number of distinct graphs, of compared models, and of held-out subjects. */
  readonly graphs: number;
  readonly compared: number;
  readonly subjects: number;
  /** Number of orders of the modalities; left out if the fit finds the order itself. */
  readonly orders?: number | undefined;
  /** The chosen model: nats per held-out subject behind the best one, and whether its graph is one of the class. */
  readonly chosen: Equivalence['chosen'];
  /** Supported links first. */
  readonly links: readonly ClassLink[];
}

/** Returns the class of a fit; undefined if there is none. @param variable name of a latent's variable */
export function equivalenceConclusion(
  equivalence: Equivalence | undefined,
  links: readonly JudgedLink[],
  variable: (latent: string) => string = (latent) => latent,
): EquivalenceConclusion | undefined {
  if (!equivalence) return undefined;
  const { members, compared, subjects, orders, chosen } = equivalence;
  const keyOf = ({ first, second }: { readonly first: string; readonly second: string }): string =>
    [first, second].sort().join(' ');
  const variablesOf = ({ first, second }: { readonly first: string; readonly second: string }): string =>
    keyOf({ first: variable(first), second: variable(second) });
  const concluded = new Map(links.map((link) => [keyOf(link), link]));
  const ofVariables = new Map(links.map((link) => [variablesOf(link), link]));
  const different = equivalence.links.filter((link) => concluded.get(keyOf(link))?.same === undefined);
  const ofClass = different.map((link): ClassLink => {
    const { first, second, presence, members: having, blocks } = link;
    const known = concluded.get(keyOf(link));
    const judged = ofVariables.get(variablesOf(link));
    return {
      ...{ first, second, presence, members: having, blocks },
      ...(judged && { verdict: judged.verdict }),
      ...directionOf(link, known),
    };
  });
  const inClass = new Set(ofClass.map(variablesOf));
  const absent = links
    .filter((link) => link.verdict === 'supported' && link.same === undefined && !inClass.has(variablesOf(link)))
    .map(({ first, second, verdict }): ClassLink => {
      return { first, second, verdict, presence: 'absent', members: 0, blocks: 0 };
    });
  const rank = ({ verdict }: ClassLink): number => Number(verdict !== 'supported');
  return {
    ...{ graphs: members.length, compared, subjects, chosen },
    ...(orders !== undefined && { orders }),
    links: [...ofClass, ...absent].sort((a, b) => rank(a) - rank(b) || b.members - a.members),
  };
}

function directionOf(
  { from, to, along, direction }: Equivalence['links'][number],
  known: JudgedLink | undefined,
): Pick<ClassLink, 'direction'> {
  const supported = known?.direction.verdict === 'supported' ? known.direction : undefined;
  if (direction === undefined) return {};
  // What else supports a direction counts more than the graphs of models.
  const isContradicted = supported !== undefined && supported.from !== from;
  if (isContradicted) return {};
  return { direction: { presence: supported ? 'certain' : direction, from, to, members: along } };
}

/** Returns the head line of the table of links. */
export function equivalenceText({ graphs, compared, subjects, orders, chosen }: EquivalenceConclusion): string {
  const tried = orders === undefined ? '' : ` in ${counted(orders, 'order')} of the modalities`;
  const isWorse = chosen.difference > 2 * chosen.standardError;
  const why = isWorse
    ? `explains them worse (by ${decimals(chosen.difference, 3)} nats per subject, standard error ` +
      `${decimals(chosen.standardError, 3)})`
    : 'has more edges, or one against a supported arrow';
  const end = chosen.isMember ? '' : ` The fitted model is not one of them: it ${why}.`;
  const answer =
    graphs === 1
      ? `One graph explains ${counted(subjects, 'held-out subject')} best`
      : `${graphs} graphs explain ${counted(subjects, 'held-out subject')} equally well`;
  return `${answer}, of ${counted(compared, 'fitted model')}${tried}.${end}`;
}

/** What the table of links says and does not say. */
export const EQUIVALENCE_NOTE =
  'What these graphs share depends on the mechanisms that the model can learn, and supports no link and no ' +
  'direction. What differs between them, the data leave open.';

/** Returns in how many graphs a link is, as a table cell. */
export function presenceCell({ members, blocks }: ClassLink, { graphs }: EquivalenceConclusion): string {
  const block = blocks > 0 ? ` (${blocks} of mixed latents)` : '';
  return members === graphs && graphs > 1 ? `all ${graphs}${block}` : `${members} of ${graphs}${block}`;
}

/** Returns the direction of a link in these graphs, as a table cell. */
export function classDirectionCell({ direction, members }: ClassLink): string {
  if (members === 0) return '–';
  if (!direction) return 'not compared';
  const share =
    direction.members === members
      ? members > 1
        ? `in all ${members}`
        : 'in 1'
      : `in ${direction.members} of ${members}`;
  return `from ${direction.from} ${share}`;
}
