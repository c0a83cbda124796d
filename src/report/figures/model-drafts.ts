// Figures of the fitted model and its training.

import { hasExplained, explainedChart } from '../charts/explained-chart.js';
import { lossCurves, lossHistories } from '../facts/losses.js';
import { lossSvg } from '../loss-svg.js';
import { inset } from '../theme.js';
import type { Draft, FiguresInput } from './draft.js';

/** Returns the explained variance, and the losses of each stage of the fit. */
export function modelFigures(input: FiguresInput): Draft[] {
  return [...explained(input), ...learningCurves(input)];
}

function explained({ summary: { quality } }: FiguresInput): Draft[] {
  if (!hasExplained(quality.modalities)) return [];
  const { modalities } = quality;
  return [
    {
      name: 'explained-variance',
      title: 'Variance that the latents explain',
      finding: 'described',
      caption:
        'Share of the variance that the latents of a modality explain. Filled: in held-out subjects. Hollow: in ' +
        'training subjects. Bar: the best linear method with as many numbers, in the same held-out subjects. Its ' +
        'columns: reconstruction of the modality. Other columns: prediction of all other modalities.',
      drawing: (width) => explainedChart(modalities, width),
    },
  ];
}

function learningCurves({ summary: { stages }, history }: FiguresInput): Draft[] {
  const chosen = new Map(stages.map(({ name, chosenRestart }): [string, number] => [name, chosenRestart]));
  return lossHistories(history, chosen).map((stage): Draft => {
    const [term] = stage.terms;
    const [from, to] = [stage.epochs[0], stage.epochs[stage.epochs.length - 1]];
    const curves = lossCurves(stage, { term: term.name, from, to, onlyChosen: false });
    return {
      name: `learning-${stage.stage}`,
      title: `Learning curves: ${stage.title}`,
      finding: 'described',
      caption:
        `${term.title} of all restarts over the epochs. The chosen restart is drawn strongest. The frame fits the ` +
        'losses after the first tenth of the epochs.',
      drawing: (width) =>
        lossSvg(curves, {
          title: term.title,
          chosen: stage.chosen,
          theme: 'page',
          width: width + inset.left + inset.right,
        }),
    };
  });
}
