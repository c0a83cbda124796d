// One latent moves: the chart follows the slider.

import { effectsChart, positionText, worthShowing } from '../charts/effects-chart.js';
import type { TraversalsData } from '../html/page-data.js';
import { controlsOf } from './controls.js';
import { setDrawing } from './drawings.js';

export function traversals({ effects, m, steps, shown }: TraversalsData): void {
  const controls = controlsOf('traversals');
  const update = () => {
    const latent = controls.number('latent');
    const at = controls.number('at');
    const before = Math.min(steps.length - 2, Math.floor(at));
    const position = positionText(steps[before] + (at - before) * (steps[before + 1] - steps[before]));
    controls.set('position', position);
    const all = controls.checked('all');
    const columns = all ? effects[latent].columns.length : worthShowing(effects[latent], shown);
    setDrawing('traversals', (width) => effectsChart(effects[latent], { at, columns, width, m: m[latent], position }));
  };
  controls.onChange(update);
  update();
}
