// The latents of images: strips of decoded images, what changes, where each acts; subjects where they were asked
// for.

import type { RegularArray } from '../../data/regular-array.js';
import { inChannelUnits } from '../../data/channel-units.js';
import { reachOf } from '../facts/curves.js';
import { largestPlace, meanOverChannels, type ArrayFacts, type ArrayLatent } from '../facts/regular-arrays.js';
import { STEPS_SHOWN, stepText } from '../facts/steps-shown.js';
import { counted, number, signed } from '../../format.js';
import { photograph, signedRaster, unsignedRaster, type Raster } from '../raster.js';
import { ACTS, FALLS, hex, RISES } from '../scale-colours.js';
import { markup, type Markup } from './markup.js';
import { details } from './section.js';

/** Channels whose change is drawn: more would not be looked at. */
const MAX_CHANNELS = 3;

export interface ImageFacts extends ArrayFacts {
  readonly regularArray: Extract<RegularArray, { kind: 'image' }>;
}

/** One for all images of a modality, in standard deviations of the channels. */
interface Reach {
  readonly difference: number;
  readonly attribution: number;
  /** Darkest and lightest value that is decoded, in own units: means over subjects are fainter than any of them. */
  readonly decoded: readonly [number, number];
}

export function imageLooks(facts: ImageFacts, steps: readonly number[]): Markup[] {
  const { latents } = facts;
  const reach = {
    difference: reachOf(latents.map(({ difference }) => difference)),
    attribution: reachOf(latents.map(({ attribution }) => meanOverChannels(facts, attribution))),
    decoded: decodedRange(facts, steps),
  };
  return [
    legend(reach),
    markup`<div class="latent-looks">${latents.map((latent) => latentLook(facts, latent, steps, reach))}</div>`,
    ...subjectsLook(facts),
  ];
}

function decodedRange({ latents, channels }: ImageFacts, steps: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const { response } of latents) {
    for (const sds of STEPS_SHOWN) {
      for (const value of inChannelUnits(channels, response[steps.indexOf(sds)])) {
        [low, high] = [Math.min(low, value), Math.max(high, value)];
      }
    }
  }
  return [low, high];
}

function latentLook(facts: ImageFacts, latent: ArrayLatent, steps: readonly number[], reach: Reach): Markup {
  const { modality, m, regularArray, channels } = facts;
  const { name, response, difference, attribution, shiftInvariant } = latent;
  const pixels = regularArray.height * regularArray.width;
  const decoded = STEPS_SHOWN.map((sds): Tile => {
    const values = inChannelUnits(channels, response[steps.indexOf(sds)]);
    const where = sds === 0 ? 'its mean' : stepText(sds);
    return {
      raster: photograph(values, channels.length, regularArray, reach.decoded),
      caption: stepText(sds),
      text: `${modality} decoded with ${name} at ${where}, mean over subjects`,
    };
  });
  const changes = channels.slice(0, MAX_CHANNELS).map(({ label }, c): Tile => {
    const values = difference.subarray(c * pixels, (c + 1) * pixels);
    const { value, row, column } = largestPlace({ regularArray, channels: [channels[c]] }, values);
    return {
      raster: signedRaster(values, regularArray, reach.difference),
      caption: channels.length === 1 ? 'change' : `change, ${label}`,
      text:
        `Change of ${label} as ${name} goes from −2 to +2 sd: largest at row ${row}, column ${column}, ` +
        `by ${signed(value)} sd`,
    };
  });
  const acting = meanOverChannels(facts, attribution);
  const most = largestPlace({ regularArray, channels: [channels[0]] }, acting);
  const acts: Tile = {
    raster: unsignedRaster(acting, regularArray, reach.attribution),
    caption: 'acts here',
    text: `Where ${name} acts: most at row ${most.row}, column ${most.column}, ${number(most.value)} sd per sd`,
  };
  const told = shiftInvariant ? markup`<span class="aside">shift-invariant: declared</span>` : undefined;
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h4><span class="dot m${m % 8}"></span>${name}${told}</h4>
<div class="looks-row">${tiles(decoded)}${tiles([...changes, acts])}</div></article>`;
}

interface Tile {
  readonly raster: Raster;
  readonly caption: string;
  /** For those who cannot see it. */
  readonly text: string;
}

/** Side by side on one line, however narrow it is. */
function tiles(list: readonly Tile[]): Markup {
  return markup`<div class="tiles" style="--tiles:${list.length}">${list.map(
    ({ raster: { source, width, height }, caption, text }) =>
      markup`<figure><img src="${source}" width="${width}" height="${height}" alt="${text}">
<figcaption>${caption}</figcaption></figure>`,
  )}</div>`;
}

function legend({ difference, attribution }: Reach): Markup {
  const [low, high] = [signed(-difference), signed(difference)].map((size) => `${size} sd`);
  const acts = `${number(attribution)} sd per sd`;
  return markup`<ul class="legend"><li><span>decoded: means over subjects, from the darkest value to the lightest
of these images</span></li><li><span>change from −2 to +2 sd:</span> <span class="scale">${low}
<span class="ramp" aria-hidden="true" style="--from:${hex(FALLS)};--to:${hex(RISES)}"></span> ${high}</span></li>
<li><span>where it acts, all channels:</span> <span class="scale">0
<span class="ramp one-way" aria-hidden="true" style="--to:${hex(ACTS)}"></span> ${acts}</span></li></ul>`;
}

function subjectsLook({ shown, channels, regularArray, range, modality }: ImageFacts): Markup[] {
  if (shown.length === 0) return [];
  const drawn = (values: Float64Array) => photograph(values, channels.length, regularArray, range);
  const one = (k: number): Tile[] => {
    const [name, { observed, rebuilt, byLatentsAlone }] = [`subject ${k + 1}`, shown[k]];
    return [
      { raster: drawn(observed), caption: name, text: `${modality} of ${name}, as it is` },
      { raster: drawn(rebuilt), caption: 'rebuilt', text: `${modality} of ${name}, rebuilt from latents and noises` },
      { raster: drawn(byLatentsAlone), caption: 'latents alone', text: `${modality} of ${name}, by its latents alone` },
    ];
  };
  return [
    details(`${counted(shown.length, 'held-out subject')}, each beside what the model rebuilds`, [
      markup`<p>As they are; from latents and private noises; from the latents alone, private noises at their mean.
      These are images of single people: keep this page as you keep them.</p>`,
      markup`<div class="subject-looks">${shown.map((_, k) => tiles(one(k)))}</div>`,
    ]),
  ];
}
