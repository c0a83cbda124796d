// Schema of the answer to `GET /models/:name/conclusions`, for the OpenAPI document.

import * as z from 'zod';
import { DIRECTION_SOURCES, LINK_REASONS, SHARED_VERDICTS } from '../causal/discovery/link-figures.js';
import type { DescribedConclusions } from '../conclusions/index.js';
import { LATENT_VERDICTS } from '../causal/verdicts.js';
import { LATENT_REASONS } from '../conclusions/latent-verdicts.js';
import {
  BATCH_REASONS,
  BATCH_VERDICTS,
  DIRECT_REASONS,
  DIRECT_VERDICTS,
  EFFECT_REASONS,
} from '../causal/cause-figures.js';
import { overClassSchema } from './over-class-schema.js';

const count = z.int();
const interval = z.object({ estimate: z.number(), lower: z.number(), upper: z.number() });
const relation = interval.extend({ p: z.number() });
const verdict = z.enum(['supported', 'not-supported', 'undecided']);
const reason = z.enum([...LINK_REASONS, 'modalities-not-associated', 'within-modality', 'untested']);

const robustness = z
  .object({ estimate: z.number(), lower: z.number() })
  .describe(
    'Share of the remaining variance of both ends that an unmeasured common cause must explain to explain the ' +
      'result away; `lower` is that for the limit of the interval that is nearest to 0.',
  );

const pair = z.object({
  first: z.string(),
  second: z.string(),
  verdict,
  reason: z.enum(['too-few', 'copied-rows', 'low-power']).optional().describe('Why it is undecided.'),
  subjects: count.describe('Held-out subjects, or groups, that have both.'),
  p: z.number().optional(),
  corrected: z.number().optional().describe('p corrected for the number of pairs (Holm).'),
  correlation: interval.optional().describe('Correlation in held-out subjects, with its 95 % interval.'),
  within: z
    .object({ rows: count, p: z.number(), corrected: z.number(), associated: z.boolean() })
    .optional()
    .describe('The same test within groups: differences between groups cannot cause an association here.'),
});

const latent = z.object({
  name: z.string(),
  modality: z.string(),
  verdict: z.enum(LATENT_VERDICTS),
  blockWith: z
    .array(z.string())
    .readonly()
    .optional()
    .describe('Other latents of its modality that a block may be mixed with.'),
  sameAs: z.array(z.string()).readonly().optional().describe('Latents of other modalities that are the same variable.'),
  reasons: z
    .array(
      z.object({
        code: z.enum(LATENT_REASONS),
        agreement: z.number().optional(),
        chance: z.number().optional(),
        equals: count.optional(),
        restarts: count.optional(),
        mixing: count.optional(),
        models: count.optional(),
        latents: z.array(z.string()).readonly().optional(),
        moved: z.boolean().optional(),
        presumed: z.boolean().optional(),
      }),
    )
    .readonly()
    .describe('Reasons for the verdict, and what it does not know.'),
  agreement: z.number().optional().describe('|Correlation| of the latents of the models of two folds.'),
  chance: z.number().optional().describe('The agreement that random axes reach.'),
  corrected: z.number().optional(),
  depth: z.number().optional().describe('Correlation with the library size, if notable.'),
});

/** How well the reversed order of the modalities explains held-out subjects. */
const reversed = z.enum(['worse', 'as-well', 'better']);

const direction = z.object({
  verdict: z.enum(['supported', 'assumed', 'undecided']),
  from: z.string().optional(),
  to: z.string().optional(),
  by: z.enum(DIRECTION_SOURCES).optional(),
  share: z.number().optional().describe('Share of half-samples that have this arrowhead.'),
  cause: z
    .object({ name: z.string(), level: z.string().optional() })
    .optional()
    .describe('The level of an assigned cause that acts on `from`, and on `to` only through it.'),
  reversed: reversed.optional(),
  sameAsBatch: z
    .string()
    .optional()
    .describe('A cause that divides the subjects as the batches of one of the modalities do: no direction is known.'),
});

const link = z.object({
  first: z.string(),
  second: z.string(),
  verdict,
  reason: reason.optional().describe('Why it is not supported.'),
  isWithin: z.boolean().describe('True for two latents of one modality.'),
  isFitted: z.boolean().describe('True if the fitted model has it.'),
  sign: z.enum(['+', '−']).optional(),
  association: relation.optional().describe('Correlation of the out-of-fold latents, without conditioning.'),
  direct: relation
    .optional()
    .describe('Partial correlation given the conditioning latents that explain the association best.'),
  robustness: robustness.optional(),
  conditioning: z.array(z.string()),
  q: z.number().optional().describe('p of the direct link, corrected for the number of links.'),
  oneOf: z
    .array(z.object({ from: z.string(), to: z.array(z.string()), q: z.number() }))
    .optional()
    .describe('Supported links of `from` with at least one of `to`, of which this pair may be one.'),
  strength: z.number().optional(),
  agreement: z.number().optional().describe('Share of restarts that have the link. It is not a confidence level.'),
  direction,
  same: interval
    .optional()
    .describe('Their correlation without errors of measurement, if the two are the same variable: there is no link.'),
});

const shared = z.object({
  subsets: z.array(
    z.object({
      modalities: z.array(z.string()),
      correlations: z
        .array(interval.extend({ verdict: z.enum(SHARED_VERDICTS) }))
        .describe('Canonical correlations without errors of measurement, with 99.9 % intervals.'),
      latents: count.describe('Variables that these modalities have in common, and no other modality has.'),
      isUndecided: z.boolean().describe('True if there may be more, or if other modalities may have some of them.'),
    }),
  ),
  same: z
    .array(
      z.object({
        latents: z.array(z.string()),
        signs: z.array(z.union([z.literal(1), z.literal(-1)])).describe('−1 for a latent that falls with the first.'),
        correlation: interval,
      }),
    )
    .describe('Single variables.'),
});

const effectInterval = interval.extend({ lower90: z.number(), upper90: z.number() });
const meaning = z
  .enum(['effect', 'association'])
  .describe('`effect` if the cause was assigned; otherwise something unmeasured can produce the difference.');

const effect = z.object({
  cause: z.string(),
  level: z.string().optional().describe('Left out for a number.'),
  reference: z.string().optional(),
  latent: z.string(),
  modality: z.string(),
  meaning,
  isFitted: z.boolean().describe('True if the fitted model has a direct effect.'),
  isMixture: z
    .boolean()
    .describe('True if the latent may be a mixture of those of its modality. The effect is one on this mixture.'),
  units: count.describe('Held-out subjects, groups or batches with the level.'),
  verdict,
  reason: z.enum(EFFECT_REASONS).optional().describe('Why it is undecided.'),
  effect: effectInterval
    .optional()
    .describe('Difference from the reference in its standard deviations, or per standard deviation of a number.'),
  p: z.number().optional(),
  q: z.number().optional().describe('p corrected for the number of tests (Holm).'),
  spread: effectInterval
    .extend({ p: z.number(), q: z.number(), verdict })
    .optional()
    .describe('Ratio of the mean deviation to that of the reference.'),
  power: z.number().optional().describe('Probability to support an effect of 0.3 standard deviations.'),
  partialR2: z
    .number()
    .optional()
    .describe('Share of the remaining variance that a cause explains if it was not assigned.'),
  robustness: robustness.optional().describe('How strong a common cause must be, for a supported association.'),
  curve: z.array(effectInterval.extend({ value: z.number() })).optional(),
  direct: z
    .object({
      verdict: z.enum(DIRECT_VERDICTS),
      reason: z.enum(DIRECT_REASONS).optional(),
      through: z.array(z.string()).describe('The latents that leave least of the effect.'),
      parents: z.array(z.string()).describe('Parents of the latent in the models of all folds.'),
      needed: z
        .array(z.string())
        .optional()
        .describe('The latents of `through` without which some of the effect remains.'),
      estimate: z.number().optional(),
      lower: z.number().optional(),
      upper: z.number().optional(),
      p: z.number().optional(),
      q: z.number().optional(),
    })
    .optional()
    .describe('What remains of a supported effect given the parents of the latent.'),
});

const block = z.object({
  cause: z.string(),
  level: z.string().optional(),
  modality: z.string(),
  meaning,
  p: z.number(),
  q: z.number(),
  verdict,
});

/** @see Conclusions */
export const conclusionsSchema: z.ZodType<DescribedConclusions> = z.object({
  conclusions: z.object({
    study: z.string(),
    status: z.enum(['tested', 'too-few', 'copied-rows', 'one-modality', 'untested']),
    subjects: count,
    groups: count.optional(),
    counts: z.object({
      study: count,
      fitted: count,
      validated: count,
      heldOut: count,
      tested: count,
      groups: count.optional(),
    }),
    alpha: z.number(),
    pairs: z.array(pair),
    latents: z.array(latent),
    links: z.array(link),
    shared: shared.optional().describe('Latents that modalities have in common.'),
    causes: z
      .object({
        effects: z.array(effect),
        blocks: z.array(block).describe('Effects on the latents of a modality together, if these are mixed.'),
      })
      .optional(),
    batches: z
      .array(
        z.object({
          modality: z.string(),
          column: z.string().describe('Column of the batches.'),
          otherModalities: z.array(z.string()),
          verdict: z
            .enum(BATCH_VERDICTS)
            .describe(
              '`batch`: the observation of this modality is shifted; `cause`: latents that other modalities share.',
            ),
          reason: z.enum(BATCH_REASONS).optional(),
          shared: z.number().optional().describe('p of no shift in the other modalities.'),
          local: z.number().optional().describe('p of the same shift in all.'),
          share: z.number().optional().describe('Share of the shift that the other modalities show.'),
        }),
      )
      .optional(),
    effects: z
      .array(overClassSchema.extend({ from: z.string(), to: z.string() }))
      .optional()
      .describe('Effects of raising a latent by one standard deviation, over all equally good graphs.'),
    copied: z
      .array(z.string())
      .optional()
      .describe('Columns that two modalities have in common. They alone make the modalities associated.'),
    equivalence: z
      .object({
        graphs: count.describe('Number of distinct graphs that explain held-out subjects equally well.'),
        compared: count.describe('Number of compared models.'),
        subjects: count,
        orders: count.optional().describe('Number of orders of the modalities that were fitted.'),
        chosen: z
          .object({ difference: z.number(), standardError: z.number(), isMember: z.boolean() })
          .describe('The fitted model: nats per subject behind the best one, and whether its graph is one of these.'),
        links: z.array(
          z.object({
            first: z.string(),
            second: z.string(),
            verdict: z.enum(['supported', 'not-supported', 'undecided']).optional(),
            presence: z.enum(['certain', 'possible', 'absent']),
            members: count.describe('Number of graphs with the link.'),
            blocks: count.describe('Number of those in which it belongs to a block of mixed latents.'),
            direction: z
              .object({ presence: z.enum(['certain', 'possible']), from: z.string(), to: z.string(), members: count })
              .optional()
              .describe('The direction in most of these graphs, and their number.'),
          }),
        ),
      })
      .optional()
      .describe('Graphs of equally good models. What they share is not thereby supported.'),
    order: z
      .object({ reversed, difference: z.number(), standardError: z.number(), subjects: count })
      .optional()
      .describe('Likelihood gain of the order of the study over the reversed order, in nats per held-out subject.'),
  }),
  headline: z.string().describe('The answer in one sentence.'),
  sentences: z.array(z.string()).describe('Three to ten sentences; the last one is the caveat.'),
});
