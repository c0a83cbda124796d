// Random streams of a simulation.

import { SPLIT_STREAM } from '../data/split.js';
import { RandomStream } from '../random/random-stream.js';

/** Random streams that are distinct from each other and from that of the split. Draws are therefore independent. */
export class Streams {
  constructor(readonly seed: number) {}

  #stream(kind: number, index: number): RandomStream {
    return new RandomStream(this.seed, SPLIT_STREAM + 1 + kind * 0x10000 + index);
  }

  graph = () => this.#stream(0, 0);
  mechanism = (latent: number) => this.#stream(1, latent);
  noise = (latent: number) => this.#stream(2, latent);
  exogenous = (modality: number) => this.#stream(3, modality);
  mixing = (modality: number) => this.#stream(4, modality);
  order = () => this.#stream(5, 0);
  measurement = (modality: number) => this.#stream(6, modality);
  missingModalities = () => this.#stream(7, 0);
  kinds = (modality: number) => this.#stream(9, modality);
  missingCells = (modality: number) => this.#stream(8, modality);
  redrawnNoise = (draw: number, latent: number) => this.#stream(10, draw * 0x100 + latent);
  noiseShare = (latent: number) => this.#stream(12, latent);
  armAssignment = () => this.#stream(13, 0);
  doseAssignment = () => this.#stream(13, 1);
  batchAssignment = () => this.#stream(13, 2);
  doseAmounts = () => this.#stream(13, 3);
  armTargets = (level: number) => this.#stream(14, level);
  doseTargets = () => this.#stream(14, 0xffff);
  levelChange = (level: number, latent: number) => this.#stream(15, level * 0x100 + latent);
  doseChange = (latent: number) => this.#stream(16, latent);
  batch = (modality: number, batch: number) => this.#stream(17, modality * 0x100 + batch);
  redrawnExogenous = (draw: number, modality: number) => this.#stream(11, draw * 0x100 + modality);
}
