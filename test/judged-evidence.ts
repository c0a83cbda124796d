// Adjustable evidence of a RUN folder with two modalities of two latents, m1 and m2, for tests.

const NAMES = ['m1.z1', 'm1.z2', 'm2.z1', 'm2.z2'];
const interval = { estimate: 0.5, lower: 0.4, upper: 0.6 };
const relation = { ...interval, p: 0 };
const PAIR = { first: 'm1', second: 'm2', subjects: 350, folds: [0, 0], p: 0, corrected: 0, correlation: interval };

type Verdict = 'supported' | 'not-supported' | 'undecided';
export interface EvidenceFacts {
  readonly links?: readonly (readonly [string, string, Verdict])[];
  readonly latents?: Readonly<Record<string, { replicated: boolean; single: boolean }>>;
  readonly directions?: readonly { from: string; to: string; share: number }[];
  readonly order?: object;
  readonly tested?: boolean;
}

/** Returns the evidence of run.json. */
export function evidenceOf({ links = [], latents = {}, directions = [], order, tested = true }: EvidenceFacts): object {
  const figures = { agreement: 0.9, chance: 0.6, corrected: 0.8, p: 0, subspace: 0.9, fitted: 0.9, leak: 0 };
  return {
    ...{ alpha: 0.05, linkAlpha: 0.01, folds: 2, splits: 1, subjects: 350, tested, unsupported: [], seconds: 1 },
    pairs: [{ ...PAIR, associated: links.some(([, , verdict]) => verdict === 'supported') }],
    latents: NAMES.map((name) => ({ name, ...figures, ...(latents[name] ?? { replicated: true, single: true }) })),
    links: links.map(([first, second, verdict]) => ({
      ...{ first, second, verdict, association: relation, direct: relation, conditioning: [], q: 0 },
    })),
    directions,
    ...(order && { order }),
  };
}
