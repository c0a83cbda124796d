// Titles and purposes of the stages of a fit, for readers.

const STAGES: Readonly<Partial<Record<string, { readonly title: string; readonly what: string }>>> = {
  joint: { title: 'Joint fit', what: 'encoders, decoders, flows and graph together' },
  encoders: { title: 'Encoder restarts', what: 'several initialisations of the encoders; the best one continues' },
  subspaces: {
    title: 'Subspaces',
    what: 'the part of each modality that it shares with other modalities (Theorem 4.2)',
  },
  residual: { title: 'Subspaces, residual', what: 'a nonlinear part that a network adds to linear subspaces' },
  'subspace-decoders': {
    title: 'Subspaces, decoders',
    what: 'from fixed linear subspaces to columns that are not gaussian',
  },
  imputation: {
    title: 'Imputation',
    what: 'the subspaces of missing modalities, drawn given the other modalities of a subject',
  },
  exploration: {
    title: 'Components, exploration',
    what: 'many short restarts for the single latents and their graph (Theorem 4.4)',
  },
  components: { title: 'Components, refinement', what: 'further training of the best restarts' },
  pruning: { title: 'Pruning', what: 'the best four restarts, and each of them without one of its links' },
  determined: {
    title: 'Determined modalities',
    what: 'mechanisms of modalities whose latents are functions of the others; their maps and the other latents stay',
  },
  polish: { title: 'Polish', what: 'the whole model, from the results of the earlier stages' },
  decoders: { title: 'Decoders', what: 'from fixed latents to the observed columns' },
  missing: { title: 'Missing latents', what: 'the latents of missing modalities, given those of the other modalities' },
};

/** Purposes that differ with observed causes. */
const WITH_CAUSES: Readonly<Partial<Record<string, string>>> = {
  exploration: 'curved maps, after which the encodings are nearly Gaussian at every level of the observed causes',
  components: 'graphs with targets of the causes, from a search on the levels; the best ones compete',
  pruning: 'the same, from a second search after the maps of the best graphs',
};

export function stageTitle(name: string): string {
  return STAGES[name]?.title ?? name;
}

/** Returns the purpose of a stage, or an empty text for an unknown one. */
export function stagePurpose(name: string, hasCauses: boolean): string {
  return (hasCauses ? WITH_CAUSES[name] : undefined) ?? STAGES[name]?.what ?? '';
}
