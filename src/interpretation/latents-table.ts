// The table of latents: what each is, and whether it may be interpreted alone.

import { unitNames } from '../causal/blocks.js';
import { conclusionsOf } from '../conclusions/index.js';
import type { InterpretationInput } from './input.js';
import { resultTable, type ResultTable } from './result-table.js';

/** Returns one row for each latent. */
export function latentsTable({ graph, summary }: Pick<InterpretationInput, 'graph' | 'summary'>): ResultTable {
  const { latents } = conclusionsOf(graph, summary);
  const units = unitNames(latents);
  const rises = new Map(graph.nodes.map(({ name, risesWith }) => [name, risesWith]));
  return resultTable({
    name: 'latents',
    title: 'Latents',
    columns: [
      { name: 'latent', kind: 'text', description: 'name of the latent' },
      { name: 'modality', kind: 'text', description: 'its modality' },
      { name: 'verdict', kind: 'text', description: 'component, block, not-replicated, or untested' },
      { name: 'unit', kind: 'text', description: 'what may be interpreted: the latent, or the block it belongs to' },
      { name: 'block-with', kind: 'text', description: 'other latents of its modality that it may be mixed with' },
      { name: 'same-as', kind: 'text', description: 'latents of other modalities that are the same variable' },
      { name: 'agreement', kind: 'number', description: '|correlation| between the latents of models of two folds' },
      { name: 'chance', kind: 'number', description: 'agreement of random axes in the same subspaces' },
      { name: 'rises-with', kind: 'text', description: 'the column that gives the latent its sign' },
      { name: 'rank-correlation', kind: 'number', description: 'with that column, in training subjects' },
    ],
    rows: latents.map(({ name, modality, verdict, blockWith = [], sameAs = [], agreement, chance }) => {
      const column = rises.get(name);
      return [
        ...[name, modality, verdict, units.get(name), blockWith.join(' ') || null, sameAs.join(' ') || null],
        ...[agreement, chance, column?.column, column?.correlation],
      ];
    }),
    notes: latents.some(({ verdict }) => verdict === 'block')
      ? ['The latents of a block are mixtures with arbitrary axes: interpret the block, not its single latents.']
      : [],
  });
}
