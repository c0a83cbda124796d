// A chart of the effects of one latent. It follows the form above it.

import { effectsChart, positionText, type EffectsTexts } from '../charts/effects-chart.js';
import type { EffectRow } from '../facts/effects.js';
import { controlsOf, type Controls } from './controls.js';
import { setDrawing } from './drawings.js';

interface State {
  /** Index of the latent in the list. */
  readonly latent: number;
  /** Position in steps. */
  readonly at: number;
  /** Position as text, such as `+1 sd`. */
  readonly position: string;
  readonly controls: Controls;
}

interface LatentChart {
  readonly texts: EffectsTexts;
  readonly rows: readonly EffectRow[];
  /** Text after the position. */
  readonly note?: string;
}

/** Connects a form with its chart. @param name name of both @param steps positions of the slider, in sd */
export function latentChart(name: string, steps: readonly number[], chartOf: (state: State) => LatentChart): void {
  const controls = controlsOf(name);
  const update = () => {
    const [latent, at] = [controls.number('latent'), controls.number('at')];
    const before = Math.min(steps.length - 2, Math.floor(at));
    const position = positionText(steps[before] + (at - before) * (steps[before + 1] - steps[before]));
    const { texts, rows, note = '' } = chartOf({ latent, at, position, controls });
    controls.set('position', position + note);
    setDrawing(name, (width) => effectsChart(rows, { ...texts, at, width }));
  };
  controls.onChange(update);
  update();
}
