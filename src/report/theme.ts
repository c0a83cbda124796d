// Colours of the drawings for light and dark pages, and their common frame.
// A search chose the eight modality colours. Every two of them differ in OKLab for normal, protan, deutan and tritan
// vision (Machado et al. 2009), and each has a contrast of at least 3 : 1 to the card.

import type { OptionShapes } from '../errors/argument.js';
import { element, hover, label } from './svg.js';
import { escapeXml } from '../files/xml.js';

export interface Theme {
  readonly card: string;
  readonly border: string;
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  /** One colour per modality. They repeat if there are more modalities. */
  readonly modalities: readonly string[];
}

export const light: Theme = {
  card: '#ffffff',
  border: '#d8dde4',
  ink: '#1a2330',
  muted: '#5a6573',
  grid: '#e6eaef',
  modalities: ['#1934a2', '#a14101', '#31a59a', '#5b1f3c', '#845fd4', '#b78505', '#1e8094', '#cd4359'],
};

export const dark: Theme = {
  card: '#12181f',
  border: '#2d3742',
  ink: '#e8edf3',
  muted: '#9ca8b5',
  grid: '#242d37',
  modalities: ['#4b6cd1', '#bc4d0f', '#9de8db', '#d57e9c', '#b092fe', '#ecd759', '#6ec8de', '#efa697'],
};

/**
 * `auto` follows the viewer's preference, and is light if that is unknown. `page` uses the colours of a report's page.
 */
export type ThemeName = (typeof THEMES)[number];

export const THEMES = ['auto', 'light', 'dark', 'page'] as const;

export interface SvgOptions {
  /** Heading, and accessible name of the drawing. */
  readonly title?: string;
  /** Colours. Default: `auto`. */
  readonly theme?: ThemeName;
}

export const SVG_OPTIONS: OptionShapes<SvgOptions> = { title: 'text', theme: 'text' };

export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  /** Text for screen readers. */
  readonly description: string;
  readonly theme: ThemeName;
  readonly body: readonly string[];
}

const margin = 20;
const headingHeight = 28;

/** Space that the body of a drawing must leave free: the margins of the card, and the heading. */
export const inset = { left: margin, right: margin, top: margin + headingHeight, bottom: margin } as const;

/** Returns a stand-alone SVG around a body: card, heading, title, description, style sheet. */
export function drawing({ width, height, title, description, theme, body }: Drawing): string {
  const [w, h] = [Math.round(width), Math.round(height)];
  if (theme === 'page') return pageDrawing({ width: w, height: h, title, description, body });
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    role: 'img',
    class: `il-${theme}`,
  };
  return element(
    'svg',
    root,
    hover(title),
    element('desc', {}, escapeXml(description)),
    element('style', {}, styleSheet(theme)),
    element('rect', {
      class: 'il-card',
      x: 0.5,
      y: 0.5,
      width: w - 1,
      height: h - 1,
      rx: 10,
    }),
    label(title, { class: 'il-heading', x: margin, y: margin + 12 }),
    ...body,
  );
}

/**
 * Returns a drawing for a page, whose figure has the card and the heading. Its role is not that of a single image,
 * because parts of it can be interactive.
 */
function pageDrawing({ width, height, title, description, body }: Omit<Drawing, 'theme'>): string {
  const [w, h] = [
    width - inset.left - inset.right + 2 * pageMargin,
    height - inset.top - inset.bottom + 2 * pageMargin,
  ];
  const viewBox = `${inset.left - pageMargin} ${inset.top - pageMargin} ${w} ${h}`;
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      width: w,
      height: h,
      viewBox,
      role: 'group',
      'aria-label': title,
      class: pageClass,
    },
    element('desc', {}, escapeXml(description)),
    ...body,
  );
}

const pageClass = 'il-page';
/** Margin around a body on a page, for letters and marks that extend beyond it. */
export const pageMargin = 8;

/** Returns the rules of drawings with the theme `page`, and the light and dark values of their custom properties. */
export function pageStyle(): { rules: string; light: string; dark: string } {
  const names: Theme = {
    card: 'var(--card)',
    border: 'var(--border)',
    ink: 'var(--ink)',
    muted: 'var(--muted)',
    grid: 'var(--grid)',
    modalities: light.modalities.map((_, k) => `var(--m${k})`),
  };
  const readable = (k: number) => `var(--m${k}-text)`;
  return {
    rules: fixedRules(`.${pageClass}`) + rules(`.${pageClass}`, names, readable),
    light: properties(light),
    dark: properties(dark),
  };
}

const scalars = ['card', 'border', 'ink', 'muted', 'grid'] as const satisfies readonly (keyof Theme)[];

function properties(theme: Theme): string {
  const values = scalars.map((name) => `--${name}:${theme[name]};`);
  const colours = theme.modalities.map((colour, k) => `--m${k}:${colour};--m${k}-text:${readableOn(colour)};`);
  return [...values, ...colours].join('');
}

/** Returns the class names of the modality at `index`: solid fill, stroke, and text that is readable on the fill. */
export function modalityClass(index: number): { fill: string; stroke: string; text: string } {
  const k = index % light.modalities.length;
  return { fill: `il-f${k}`, stroke: `il-s${k}`, text: `il-t${k}` };
}

/** Returns the style sheet of a stand-alone drawing. Every rule is scoped by the class of its root, `il-<theme>`. */
export function styleSheet(theme: Exclude<ThemeName, 'page'>): string {
  const scope = `.il-${theme}`;
  const fixed = fixedRules(scope);
  if (theme !== 'auto') return fixed + rules(scope, theme === 'dark' ? dark : light);
  return `${fixed}${rules(scope, light)}@media (prefers-color-scheme:dark){${rules(scope, dark)}}`;
}

function fixedRules(scope: string): string {
  return (
    `${scope} text{font-family:Inter,system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","DejaVu Sans",sans-serif}` +
    `${scope} .il-heading{font-size:15px;font-weight:600}` +
    `${scope} .il-line{fill:none;stroke-linejoin:round;stroke-linecap:round}` +
    `${scope} .il-reach{fill:none;stroke:transparent;stroke-width:16}`
  );
}

/** Returns the rules of a theme. @param readable colour of text on the modality at `k` */
function rules(
  scope: string,
  { card, border, ink, muted, grid, modalities }: Theme,
  readable = (k: number) => readableOn(modalities[k]),
): string {
  const all = [
    `.il-card{fill:${card};stroke:${border}}`,
    `.il-heading,.il-ink{fill:${ink}}`,
    `.il-muted{fill:${muted}}`,
    `.il-grid{stroke:${grid};fill:none}`,
    `.il-axis{stroke:${muted};fill:none}`,
    `.il-mark{stroke:${card};stroke-width:2}`,
    `.il-patch{fill:${card}}`,
    `.il-track{fill:${grid}}`,
    `.il-outlined{fill:${card};stroke:${muted};stroke-width:1.4}`,
    ...modalities.flatMap((colour, k) => [
      `.il-f${k}{fill:${colour}}`,
      `.il-s${k}{stroke:${colour}}`,
      `.il-t${k}{fill:${readable(k)}}`,
    ]),
  ];
  return all.map((rule) => rule.replace(/(^|,)\./g, `$1${scope} .`)).join('');
}

/** Returns black or white, whichever has the higher contrast to the colour (WCAG 2). */
export function readableOn(colour: string): string {
  return contrast(colour, '#ffffff') >= contrast(colour, '#0b0f14') ? '#ffffff' : '#0b0f14';
}

/** Returns the WCAG 2 contrast ratio of two `#rrggbb` colours. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
