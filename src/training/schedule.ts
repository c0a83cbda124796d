// The schedule of the joint model: phase, learning rate and sparsity weight by epoch (METHOD section 9, "Joint fit").

import { usesGates, type FitConfig } from './config.js';

/** `warm`: modalities also predict each other; `free`: the objective alone; `frozen`: gates are fixed to 0 or 1. */
export type Phase = 'warm' | 'free' | 'frozen';

const WARM_UP_EPOCHS = 5;
const DECAY = 0.3;
const DECAY_AT = [0.6, 0.8, 0.92];
/** Learning rate of gates, relative to that of weights. */
export const GATE_RATE = 5;

export function phaseOf(config: FitConfig, epoch: number): Phase {
  const done = epoch / config.epochs;
  if (done < config.warmStart) return 'warm';
  return usesGates(config.sparsity) && done >= config.freeze ? 'frozen' : 'free';
}

/** Returns the learning rates of the groups `weights` and `gates`. */
export function learningRates(config: FitConfig, epoch: number): [number, number] {
  const done = epoch / config.epochs;
  const decays = DECAY_AT.filter((at) => done >= at).length;
  const rate = config.learningRate * DECAY ** decays * Math.min(1, (epoch + 1) / WARM_UP_EPOCHS);
  return [rate, GATE_RATE * rate];
}

/** Returns the factor of the sparsity weight, 0 to 1. */
export function sparsityRamp(config: FitConfig, epoch: number): number {
  return config.ramp === 0 ? 1 : Math.min(1, epoch / config.epochs / config.ramp);
}

/**
 * Returns the first epoch that patience counts: before the first decay of the learning rate, a plateau means nothing.
 */
export function patienceStart(config: FitConfig): number {
  return Math.max(selectionStart(config), Math.ceil(DECAY_AT[0] * config.epochs));
}

/** Returns the first epoch whose state may be chosen: from there on the objective is complete. */
export function selectionStart(config: FitConfig): number {
  return Math.min(config.epochs - 1, Math.ceil(Math.max(config.warmStart, config.ramp) * config.epochs));
}
