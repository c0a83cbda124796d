// Our fit as a compared method, with the settings of the study file.

import { adjacencyMatrix } from '../causal/index.js';
import type { EvidenceMode } from '../evidence/modes.js';
import { MultimodalCausalModel } from '../model/multimodal-causal-model.js';
import type { DeviceName } from '../runtime/device.js';
import type { FitSettings } from '../training/config.js';
import { withoutAbsent, type Method } from './method.js';

export interface OurFitOptions {
  /** Settings that replace those of the study file. */
  readonly settings?: FitSettings;
  /** Tests of edges, which the graph needs for a comparison with a truth. Default: none. */
  readonly evidence?: EvidenceMode | 'none';
  readonly threads?: number;
  readonly device?: DeviceName;
}

/** Returns the method. Fits to shuffled subjects are not tested, because only their latents are compared. */
export function ourFit({ settings = {}, evidence = 'none', threads, device }: OurFitOptions = {}): Method {
  return {
    name: 'ours',
    title: 'interlatent',
    fit: async ({ study, data, seed, isShuffled, signal }) => {
      await using model = await MultimodalCausalModel.fit(study, {
        ...settings,
        seed,
        evidence: isShuffled ? 'none' : evidence,
        // A subject who lacks a modality can be encoded only by a model that infers its latents.
        infersMissing: data.modalities.some(({ present }) => present.includes(0)),
        threads,
        device,
        signal,
      });
      const encoded = await model.encode(study.dataset, { signal });
      const rows = data.ids.length;
      return {
        latents: data.modalities.map(({ name, present }) => {
          const values = encoded[name];
          return withoutAbsent({ values, rows, columns: values.length / rows }, present);
        }),
        adjacency: adjacencyMatrix(model.graph),
      };
    },
  };
}
