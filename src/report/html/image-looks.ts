// The latents of images: strips of decoded images, their changes, and the places where each latent acts. Subjects are
// shown on request.

import { inChannelUnits } from '../../data/channel-units.js';
import { reachOf } from '../facts/curves.js';
import { largestPlace, meanOverChannels, type ArrayFacts, type ArrayLatent } from '../facts/regular-arrays.js';
import { STEPS_SHOWN, stepText } from '../facts/steps-shown.js';
import { counted, number, signed } from '../../text/numbers.js';
import { photograph, signedRaster, unsignedRaster, type Raster } from '../raster.js';
import { ACTS, FALLS, hex, RISES } from '../scale-colours.js';
import { markup, type Markup } from './markup.js';
import { details } from './section.js';

/** Maximum number of channels whose change is drawn. */
const MAX_CHANNELS = 3;

/** Ranges of values for all images of a modality, in standard deviations of the channels. */
interface Reach {
  readonly difference: number;
  readonly attribution: number;
  /**
   * Minimum and maximum decoded value, in units of the channels. Means over subjects have less contrast than images.
   */
  readonly decoded: readonly [number, number];
}

export function imageLooks(facts: ArrayFacts<'image'>, steps: readonly number[]): Markup[] {
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

function decodedRange({ latents, channels }: ArrayFacts<'image'>, steps: readonly number[]): [number, number] {
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

function latentLook(facts: ArrayFacts<'image'>, latent: ArrayLatent, steps: readonly number[], reach: Reach): Markup {
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
        `Change of ${label} as ${name} goes from −2 to +2 sd: maximum at row ${row}, column ${column}, ` +
        `by ${signed(value)} sd`,
    };
  });
  const acting = meanOverChannels(facts, attribution);
  const peak = largestPlace({ regularArray, channels: [channels[0]] }, acting);
  const acts: Tile = {
    raster: unsignedRaster(acting, regularArray, reach.attribution),
    caption: 'acts here',
    text: `Where ${name} acts: most at row ${peak.row}, column ${peak.column}, ${number(peak.value)} sd per sd`,
  };
  const note = shiftInvariant ? markup`<span class="aside">shift-invariant: declared</span>` : undefined;
  return markup`<article class="card m${m % 8}" aria-label="${name}">
<h4><span class="dot m${m % 8}"></span>${name}${note}</h4>
<div class="looks-row">${tiles(decoded)}${tiles([...changes, acts])}</div></article>`;
}

interface Tile {
  readonly raster: Raster;
  readonly caption: string;
  /** Alternative text. */
  readonly text: string;
}

/** Returns tiles side by side on one line, even if it is narrow. */
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
  return markup`<ul class="legend"><li><span>decoded: means over subjects, scaled from the darkest to the lightest value
of these images</span></li><li><span>change from −2 to +2 sd:</span> <span class="scale">${low}
<span class="ramp" aria-hidden="true" style="--from:${hex(FALLS)};--to:${hex(RISES)}"></span> ${high}</span></li>
<li><span>where it acts, all channels:</span> <span class="scale">0
<span class="ramp one-way" aria-hidden="true" style="--to:${hex(ACTS)}"></span> ${acts}</span></li></ul>`;
}

function subjectsLook({ shown, channels, regularArray, range, modality }: ArrayFacts<'image'>): Markup[] {
  if (shown.length === 0) return [];
  const drawn = (values: Float64Array) => photograph(values, channels.length, regularArray, range);
  const one = (k: number): Tile[] => {
    const [name, { observed, rebuilt, byLatentsAlone }] = [`subject ${k + 1}`, shown[k]];
    return [
      { raster: drawn(observed), caption: name, text: `${modality} of ${name}, as recorded` },
      {
        raster: drawn(rebuilt),
        caption: 'reconstruction',
        text: `${modality} of ${name}, from latents and private noise`,
      },
      { raster: drawn(byLatentsAlone), caption: 'latents alone', text: `${modality} of ${name}, from latents alone` },
    ];
  };
  return [
    details(`${counted(shown.length, 'held-out subject')} and their reconstructions`, [
      markup`<p>The images as recorded; reconstructions from latents and private noise; reconstructions from latents
      alone, with private noise at its mean. These are images of single people: protect this page like the images.</p>`,
      markup`<div class="subject-looks">${shown.map((_, k) => tiles(one(k)))}</div>`,
    ]),
  ];
}
