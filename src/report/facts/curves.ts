// Series for the drawings of a page: thinned to the resolution of a screen, with few digits.

import { positionsOf } from '../../data/regular-array.js';
import { inChannelUnits } from '../../data/channel-units.js';
import type { Panels } from '../charts/panels-chart.js';
import { number, signed } from '../../text/numbers.js';
import { divergingColour } from '../scale-colours.js';
import { largestPlace, type ArrayFacts, type ArrayLatent } from './regular-arrays.js';
import { STEPS_SHOWN, stepText } from './steps-shown.js';

const MAX_POINTS = 160;

/** Returns the response of each channel to a latent from −2 to +2 sd. @param steps steps of the traversal, in sd */
export function traversalPanels(facts: ArrayFacts<'series'>, latent: ArrayLatent, steps: readonly number[]): Panels {
  const { channels, modality } = facts;
  const positions = positionsOf(facts.regularArray);
  const reach = reachOf(facts.latents.map(({ attribution }) => attribution));
  const answers = STEPS_SHOWN.map((sds) => {
    const values = inChannelUnits(channels, latent.response[steps.indexOf(sds)]);
    return { sds, name: `${latent.name} at ${stepText(sds)}`, values };
  });
  const peak = largestPlace(facts, latent.attribution);
  const change = largestPlace(facts, latent.difference);
  return {
    title: `${modality} as ${latent.name} moves`,
    description:
      `From −2 to +2 sd of ${latent.name}, ${change.channel} changes most at ${number(change.seconds!)} s, ` +
      `by ${signed(change.value)} sd. The latent acts most on ${peak.channel} at ${number(peak.seconds!)} s.`,
    seconds: secondsOf(facts),
    panels: channels.map(({ label }, c) => {
      const ofChannel = (values: Float64Array) => values.subarray(c * positions, (c + 1) * positions);
      return {
        title: label,
        curves: answers.map(({ sds, name, values }) => ({
          name,
          values: thinned(ofChannel(values)),
          colour: divergingColour(sds / STEPS_SHOWN[STEPS_SHOWN.length - 1]),
          strokeWidth: sds === 0 ? 1.2 : 1.8,
        })),
        profile: thinned(ofChannel(latent.attribution)).map((value) =>
          Number(((value ?? 0) / (reach || 1)).toFixed(3)),
        ),
      };
    }),
  };
}

/** Returns the channels of the shown subjects with their reconstructions. */
export function subjectPanels(facts: ArrayFacts<'series'>): Panels {
  const positions = positionsOf(facts.regularArray);
  return {
    title: `${facts.modality} of held-out subjects`,
    description: 'The recording, its reconstruction from latents and private noise, and that from latents alone.',
    seconds: secondsOf(facts),
    panels: facts.shown.flatMap(({ observed, rebuilt, byLatentsAlone }, k) => {
      const name = `subject ${k + 1}`;
      const kinds = [
        { name, values: observed, colour: 'ink', strokeWidth: 1 },
        { name: `${name}, rebuilt`, values: rebuilt, colour: divergingColour(1), strokeWidth: 1.8 },
        { name: `${name}, by latents alone`, values: byLatentsAlone, colour: divergingColour(-1), strokeWidth: 1.8 },
      ];
      return facts.channels.map(({ label }, c) => ({
        title: `${name} · ${label}`,
        curves: kinds.map(({ values, ...kind }) => ({
          ...kind,
          values: thinned(values.subarray(c * positions, (c + 1) * positions)),
        })),
      }));
    }),
  };
}

/** Returns the maximum absolute value. */
export function reachOf(all: readonly Float64Array[]): number {
  let largest = 0;
  for (const values of all) for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

function secondsOf({ regularArray: { steps, seconds } }: ArrayFacts<'series'>): number {
  return steps * seconds;
}

/** Returns means over equal intervals of time; null if nothing was observed. */
function thinned(values: Float64Array): (number | null)[] {
  const points = Math.min(MAX_POINTS, values.length);
  return Array.from({ length: points }, (_, k) => {
    const [from, to] = [k, k + 1].map((edge) => Math.round((edge * values.length) / points));
    const there = values.subarray(from, to).filter((value) => !Number.isNaN(value));
    const mean = there.reduce((sum, value) => sum + value, 0) / there.length;
    return there.length === 0 ? null : Number(mean.toPrecision(4));
  });
}
