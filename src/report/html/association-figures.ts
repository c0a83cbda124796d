// The second page: correlations with their intervals, and the graph of supported links.

import { pairsForest } from '../facts/pairs-forest.js';
import { reportConclusions, sharingOf } from '../facts/evidence.js';
import type { ReportInput } from '../input.js';
import { supportedLinksSvg } from '../supported-links.js';
import { chartFigure, figure, type Section } from './section.js';

/** Returns undefined if no association was found, because readers would take a drawing for a finding. */
export async function figuresSection(input: ReportInput): Promise<Section | undefined> {
  const conclusions = reportConclusions(input);
  if (sharingOf(conclusions) !== 'associated') return undefined;
  const links = conclusions.links.filter(({ verdict, same }) => verdict === 'supported' && !same);
  return {
    id: 'figures',
    title: 'Associations in figures',
    body: [
      chartFigure(['forest', pairsForest(input.summary, conclusions)], {
        name: 'associations of modalities',
        caption: 'Filled: associated. Hollow: no association was found.',
      }),
      links.length === 0
        ? undefined
        : figure({
            name: 'supported links',
            svg: await supportedLinksSvg(input, links, 'page'),
            caption: 'Supported direct links of latents. +: both rise together; −: one falls as the other rises.',
          }),
    ],
  };
}
