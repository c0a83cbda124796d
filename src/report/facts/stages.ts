// The stages of a fit under the names that people read.

const STAGES: Readonly<Partial<Record<string, { readonly title: string; readonly what: string }>>> = {
  joint: { title: 'Joint fit', what: 'encoders, decoders, flows and graph, all at once' },
  encoders: { title: 'Encoders, tried', what: 'several first draws of the encoders; the one that shares most goes on' },
  subspaces: { title: 'Subspaces', what: 'which part of each modality the others share (Theorem 4.2)' },
  residual: { title: 'Subspaces, residual', what: 'what a network adds to linear subspaces' },
  'subspace-decoders': {
    title: 'Subspaces, decoders',
    what: 'from linear subspaces, which stay as they are, back to columns that are not gaussian',
  },
  imputation: {
    title: 'Imputation',
    what: 'the subspaces of modalities that subjects lack, drawn from what their other modalities say',
  },
  exploration: {
    title: 'Components, explored',
    what: 'many short starts at the single latents and their graph (Theorem 4.4)',
  },
  components: { title: 'Components, refined', what: 'the best starts, trained on' },
  pruning: { title: 'Pruning', what: 'the best four, and each of them without one of its links' },
  polish: { title: 'Polish', what: 'the whole model once more, from what the stages before it found' },
  decoders: { title: 'Decoders', what: 'from the latents, which stay as they are, back to what was observed' },
  missing: { title: 'Missing latents', what: 'what the latents of some modalities say of those of the others' },
};

export function stageTitle(name: string): string {
  return STAGES[name]?.title ?? name;
}

/** What a stage looks for. */
export function stagePurpose(name: string): string {
  return STAGES[name]?.what ?? '';
}
