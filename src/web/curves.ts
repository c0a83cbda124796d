// Cubic Bézier curves of drawings in a page, and places for their labels.

import type { Size } from '../report/graph-layout.js';
import type { Point } from '../report/spline.js';

/** Places of a label along its curve, the best first. */
const SHARES = [0.5, 0.35, 0.65, 0.25, 0.75];
/** Number of points at which a curve is compared with labels. */
const SAMPLES = 33;
/** Space of a label if the caller reserves none. */
const LABEL: Size = { width: 40, height: 17 };

/** Returns the point of a cubic curve at `t` in [0, 1]. */
export function pointOf([a, b, c, d]: readonly Point[], t: number): Point {
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const blend = (axis: 'x' | 'y') => [a, b, c, d].reduce((sum, point, k) => sum + weights[k] * point[axis], 0);
  return { x: blend('x'), y: blend('y') };
}

/**
 * Returns a place for the label of each curve. If possible it is away from other labels and from other curves, which
 * would hide it.
 * @param curves a start, and three points for every cubic piece
 */
export function labelPlaces(curves: readonly (readonly Point[])[], { width, height }: Size = LABEL): Point[] {
  const points = curves.map((curve) => Array.from({ length: SAMPLES }, (_, k) => alongCurve(curve, k / (SAMPLES - 1))));
  const taken: Point[] = [];
  const isClear = ({ x, y }: Point, otherPoints: readonly Point[], { width: w, height: h }: Size) =>
    otherPoints.every((other) => Math.abs(other.x - x) >= w || Math.abs(other.y - y) >= h);
  for (const [e, curve] of curves.entries()) {
    const otherPoints = points.flatMap((one, other) => (other === e ? [] : one));
    const places = SHARES.map((share) => alongCurve(curve, share));
    const free = places.filter((place) => isClear(place, taken, { width, height }));
    const visible = free.find((place) => isClear(place, otherPoints, { width: width / 2, height: height / 2 }));
    taken.push(visible ?? free.at(0) ?? places[0]);
  }
  return taken;
}

function alongCurve(curve: readonly Point[], share: number): Point {
  const pieces = (curve.length - 1) / 3;
  const piece = Math.min(pieces - 1, Math.floor(share * pieces));
  return pointOf(curve.slice(3 * piece, 3 * piece + 4), share * pieces - piece);
}
