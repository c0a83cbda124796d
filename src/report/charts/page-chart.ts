// The frame of the report's charts: it is drawn from (0, 0) and has the colours of the page.

import { element, short } from '../svg.js';
import { inset, drawing } from '../theme.js';

export interface PageChart {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly description: string;
  readonly body: readonly string[];
}

export function pageChart({ width, height, title, description, body }: PageChart): string {
  return drawing({
    width: width + inset.left + inset.right,
    height: height + inset.top + inset.bottom,
    title,
    description,
    theme: 'page',
    body: [element('g', { transform: `translate(${short(inset.left)} ${short(inset.top)})` }, ...body)],
  });
}
