// What the design of a study can identify, before a fit: latents, effects, directions, and links that are large enough
// to be found. The sentences hold for the hardest case, straight-line links with normal noise (Theorem 4.4 and
// Condition 4.3 in docs/explanation/method.md). The report checks the same conditions on the fitted graph.

import { ARRAY_KINDS } from '../../data/regular-array.js';
import { isSize } from '../../data/kinds.js';
import { count, counted, listed } from '../../text/numbers.js';
import type { DesignStatement, Identification, LevelsNeeded } from './design.js';
import { designedLinks, linkStatements } from './designed-links.js';
import type { CauseReport, ColumnReport, ModalityReport } from './inspection.js';
import { levelsNeeded } from './levels-needed.js';
import { BEYOND_ONE_MODALITY, unmixingData } from './remedies.js';

/** Below this number of thresholds for each latent, a modality of discrete columns shows its latents coarsely. */
const MIN_THRESHOLDS = 10;
/** Number of subjects from which arrowheads of colliders are found (docs/explanation/evidence-statistics.md). */
const ENOUGH_FOR_COLLIDERS = 4000;
type DesignedModality = Pick<ModalityReport, 'name' | 'latents' | 'exogenous'> & {
  readonly columns: readonly Pick<ColumnReport, 'kind' | 'likely' | 'levels' | 'min' | 'max'>[];
  readonly regularArray?: Pick<NonNullable<ModalityReport['regularArray']>, 'kind'> | undefined;
};

export interface Design {
  readonly modalities: readonly DesignedModality[];
  readonly causes?: readonly CauseReport[] | undefined;
  /** Number of subjects, or of groups, with both modalities, by their positions. */
  readonly unitsOf: (first: number, second: number) => number;
  /** True if units are groups of rows. */
  readonly hasGroups: boolean;
  /** Number of latents that modalities share by declaration. */
  readonly shared?: { readonly latents: number; readonly modalities: readonly number[] } | undefined;
  /** True if arrows follow the order of the modalities. */
  readonly isOrderAssumed: boolean;
}

export function identificationOf(design: Design): Identification {
  const { modalities, causes } = design;
  const needed = causes?.length ? levelsNeeded(causes, modalities) : undefined;
  const links = designedLinks({ ...design, hasCauses: needed !== undefined });
  const hasOthers = modalities.length > 1;
  return {
    statements: [
      ...(hasOthers ? latentsBetween(design, needed) : [needed ? latentsWithin(needed) : onlyModality(modalities[0])]),
      ...fewThresholds(modalities),
      ...(hasOthers ? unknownErrors(design) : []),
      ...(causes?.length ? [effects(causes)] : []),
      ...directions(design),
      ...linkStatements(design, links),
    ],
    links,
    ...(needed && { causes: needed }),
  };
}

/** Returns what several modalities, and perhaps levels, say about latents. */
function latentsBetween({ modalities, shared }: Design, needed: LevelsNeeded | undefined): DesignStatement[] {
  const single = modalities.filter(({ latents }) => latents === 1).map(({ name }) => name);
  const several = modalities.filter(({ latents }) => latents > 1).map(({ name }) => name);
  const pairs = Math.min(...modalities.map(({ latents }) => latents)) - (shared?.latents ?? 0);
  const isTwo = modalities.length === 2;
  return [
    ...oneLatent(single, several),
    ...(isTwo && pairs > 1 ? [pairsOf(several, pairs, needed?.levels)] : []),
    ...(!isTwo && several.length > 0 ? [sparseLinks(several)] : []),
    ...moreThanPartners(modalities, needed?.levels ?? 0),
    ...(needed && several.length > 0 ? [privateLatents(needed)] : []),
  ];
}

function oneLatent(single: readonly string[], several: readonly string[]): DesignStatement[] {
  if (single.length === 0) return [];
  const text =
    several.length === 0
      ? 'Every modality has one latent, so no latents can be mixed.'
      : `${listed(single)} ${single.length === 1 ? 'has one latent' : 'have one latent each'}, which cannot be mixed ` +
        'with another one.';
  return [{ code: 'one-latent', text }];
}

/** @param levels number of levels of causes; undefined without causes */
function pairsOf([a, b]: readonly string[], pairs: number, levels: number | undefined): DesignStatement {
  const rule = `If the latents of ${a} and ${b} are linked in pairs by straight lines,`;
  if (levels === undefined) {
    return {
      code: 'pairs',
      text: `${rule} only mixtures of them are found. Curved links, or links that change the spread, prevent this.`,
      advice: `Add ${unmixingData(2)}.`,
    };
  }
  const needed = pairs - 1;
  const missing = Math.max(0, needed - levels);
  const which =
    needed === 1 ? 'is needed that acts on only one pair' : 'are needed, each of which acts on another pair';
  return {
    code: 'pairs-by-levels',
    text:
      `${rule} ${counted(needed, 'level')} of a cause ${which}. The study has ${counted(levels, 'level')}` +
      (missing === 0 ? ' that may do so.' : `, so ${missing} ${missing === 1 ? 'is' : 'are'} missing.`),
    ...(missing > 0 && {
      advice: 'Add levels that act on other pairs, or a third modality that is linked with only some of them.',
    }),
  };
}

function sparseLinks(several: readonly string[]): DesignStatement {
  return {
    code: 'sparse-links',
    text:
      `The latents of ${listed(several)} are identified one by one if few links connect the modalities, and each ` +
      'latent has links that the others of its modality lack.',
  };
}

/** Returns a statement about modalities with more latents than all that could determine them. */
function moreThanPartners(modalities: readonly DesignedModality[], levels: number): DesignStatement[] {
  const total = modalities.reduce((sum, { latents }) => sum + latents, 0);
  const large = modalities.find(({ latents }) => latents > total - latents + levels);
  if (!large) return [];
  const { name, latents } = large;
  const partners = total - latents;
  const maximum = partners + levels;
  const sources =
    `the other modalities have ${partners}` + (levels > 0 ? `, and causes have ${counted(levels, 'level')}` : '');
  return [
    {
      code: 'more-latents-than-partners',
      text:
        `${name} has ${latents} latents, and ${sources}. ` +
        `Straight-line links identify at most ${maximum} of the ${latents}.`,
      advice: `Ask for ${counted(maximum, 'latent')} of ${name}, or add a modality.`,
    },
  ];
}

function privateLatents({ perfect }: LevelsNeeded): DesignStatement {
  return {
    code: 'private-latents',
    text:
      'A latent without a link to another modality needs a level with a perfect effect. ' +
      `The study has ${perfect.length === 0 ? 'none' : listed(perfect)}.`,
  };
}

function latentsWithin({ modalities: [{ name, latents, needed, perfect, missing }] }: LevelsNeeded): DesignStatement {
  const code = 'levels-of-one-modality';
  if (needed === 0) return { code, text: `The latent of ${name} is the only one, so it needs no level.` };
  const rule =
    `In one modality, only levels with perfect effects identify latents: the ${latents} latents of ${name} need ` +
    `${needed}, each on another latent. The study has ${perfect === 0 ? 'none' : perfect}`;
  if (missing === 0) return { code, text: `${rule}, enough if each acts on another latent.` };
  if (missing === 1) {
    return {
      code,
      text:
        `${rule}. This is enough only if the latent without a level is a root (a latent that no other one causes), ` +
        'which the data do not show.',
    };
  }
  return {
    code,
    text: `${rule}, so ${missing} are missing. The fit shows what each level moves, but its latents may be mixtures.`,
    advice: 'Add a second modality of the same subjects. Write effect: perfect only if a level cuts all other causes.',
  };
}

function onlyModality({ name, latents }: DesignedModality): DesignStatement {
  const mixtures =
    latents === 1 ? 'nothing separates its latent from noise' : 'any mixture of its latents explains it as well';
  return {
    code: 'levels-of-one-modality',
    text: `No latent can be identified: ${name} is the only modality, and no cause is declared, so ${mixtures}.`,
    advice: BEYOND_ONE_MODALITY,
  };
}

/** Returns a statement about modalities that have only columns with few levels. */
function fewThresholds(modalities: readonly DesignedModality[]): DesignStatement[] {
  const coarse = modalities.flatMap(({ name, latents, columns, regularArray }) => {
    const thresholds = columns.map(thresholdsOf).reduce((sum, one) => sum + one, 0);
    if (regularArray || thresholds >= MIN_THRESHOLDS * latents) return [];
    return [`${name} (${counted(thresholds, 'threshold')} for ${counted(latents, 'latent')})`];
  });
  if (coarse.length === 0) return [];
  return [
    {
      code: 'few-thresholds',
      text:
        `All columns of ${listed(coarse)} have few levels. Latents are known only as far as the thresholds between ` +
        'levels show, and curved links are hardly seen.',
      advice: 'Add columns of numbers or with more levels.',
    },
  ];
}

/** Returns the number of thresholds between the levels of a column; infinity for numbers. */
function thresholdsOf({ kind, likely, levels, min, max }: DesignedModality['columns'][number]): number {
  if (levels) return levels.length - 1;
  if (kind === 'binary' || likely === 'binary') return 1;
  return likely === 'ordinal' ? max - min : Infinity;
}

/** Returns a statement about modalities whose latents have no two forms (`src/evidence/forms.ts`). */
function unknownErrors({ modalities, causes }: Design): DesignStatement[] {
  const hasCauses = causes !== undefined && causes.length > 0;
  const narrow = modalities.filter(({ latents, exogenous, columns, regularArray }) => {
    // With causes, exogenous variables are latents.
    const tested = latents + (hasCauses ? exogenous : 0);
    return !regularArray && columns.filter(({ kind }) => !isSize(kind)).length < 2 * tested;
  });
  const each = `fewer than two columns for each latent${hasCauses ? ' and exogenous variable' : ''}`;
  const unknown = [
    { why: each, names: narrow.map(({ name }) => name) },
    ...Object.entries(ARRAY_KINDS).map(([kind, { plural }]) => ({
      why: plural,
      names: modalities.filter(({ regularArray }) => regularArray?.kind === kind).map(({ name }) => name),
    })),
  ].filter(({ names }) => names.length > 0);
  if (unknown.length === 0) return [];
  const listing = unknown.map(({ why, names }) => `${listed(names)} (${why})`);
  const fewer = narrow.some(({ latents }) => latents > 1) ? ', or ask for fewer latents' : '';
  return [
    {
      code: 'errors-unknown',
      text: `How well latents are measured is not known for ${listed(listing)}, so more of their links stay undecided.`,
      ...(narrow.length > 0 && { advice: `Add columns to ${listed(narrow.map(({ name }) => name))}${fewer}.` }),
    },
  ];
}

function effects(causes: readonly CauseReport[]): DesignStatement {
  const namesOf = (assigned: boolean) => causes.filter((cause) => cause.assigned === assigned).map(({ name }) => name);
  const [assigned, observed] = [namesOf(true), namesOf(false)];
  return {
    code: 'effects',
    text: [
      ...(assigned.length > 0 ? [`Effects of ${listed(assigned)} are causal, because the values were assigned.`] : []),
      ...(observed.length > 0
        ? [
            `Effects of ${listed(observed)} are associations: the values were observed, and a common cause may ` +
              'explain them.',
          ]
        : []),
    ].join(' '),
  };
}

function directions({ modalities, causes = [], isOrderAssumed, unitsOf }: Design): DesignStatement[] {
  const names = modalities.map(({ name }) => name);
  const isAssigned = causes.some(({ assigned }) => assigned);
  const isOne = modalities.length === 1;
  return [
    ...(isOrderAssumed && !isOne
      ? [
          {
            code: 'order-assumed' as const,
            text: `Arrows follow the order of the modalities (${names.join(', ')}), which you assume.`,
          },
        ]
      : []),
    ...(isAssigned
      ? [
          {
            code: 'directions-by-causes' as const,
            text:
              `A level of an assigned cause ${isOne ? 'with a perfect effect ' : ''}shows the direction of a link if ` +
              'it acts directly on only one of the two latents.',
          },
        ]
      : []),
    ...(isOrderAssumed || isAssigned || isOne ? [] : [unknownDirections(modalities.length, unitsOf(0, 1))]),
  ];
}

function unknownDirections(modalities: number, units: number): DesignStatement {
  const text =
    modalities === 2
      ? 'Which of two linked latents is the cause stays unknown: two modalities cannot show it.'
      : units < ENOUGH_FOR_COLLIDERS
        ? 'Which of two linked latents is the cause stays unknown: below about ' +
          `${count(ENOUGH_FOR_COLLIDERS)} subjects, nothing shows it.`
        : 'Which of two linked latents is the cause is shown only where two latents without a link act on a third one.';
  return {
    code: 'directions-unknown',
    text,
    advice:
      'If you know which modality comes first, list it first and write sparsity: { order: assumed }. A randomised ' +
      'treatment, declared as a cause, can show directions, too.',
  };
}
