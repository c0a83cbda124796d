// The distribution of a latent: bars in the colour of its modality, over an axis of the latent's values.

import { horizontalAxis, linearScale } from '../axis.js';
import type { Histogram } from '../facts/histogram.js';
import { decimals } from '../../text/numbers.js';
import { element, hover } from '../svg.js';
import { modalityClass } from '../theme.js';
import { pageChart } from './page-chart.js';

const size = { width: 300, height: 92 };
const base = 70;

export function histogramChart(name: string, m: number, { low, high, counts, mean, sd }: Histogram): string {
  const x = linearScale([low, high], [4, size.width - 4], 5);
  const max = Math.max(...counts);
  const step = (high - low) / counts.length;
  const bars = counts.map((subjects, b) => {
    const [left, right] = [x.toPixel(low + b * step), x.toPixel(low + (b + 1) * step)];
    const height = (subjects / max) * (base - 6);
    const box = { x: left + 0.5, y: base - height, width: Math.max(0.5, right - left - 1), height, rx: 1 };
    return element(
      'rect',
      { class: modalityClass(m).fill, ...box },
      hover(`${decimals(low + b * step)} to ${decimals(low + (b + 1) * step)}: ${subjects} subjects`),
    );
  });
  return pageChart({
    ...size,
    title: `Distribution of ${name}`,
    description:
      `Mean ${decimals(mean)}, standard deviation ${decimals(sd)}, ` + `from ${decimals(low)} to ${decimals(high)}.`,
    body: [...bars, ...horizontalAxis(x, 0, size.width, base)],
  });
}
