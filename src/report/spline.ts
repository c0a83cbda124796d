// Points along a cubic Bézier spline, for the labels of edges.

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Returns the middle of the curve. */
export function midpoint(spline: readonly Point[]): Point {
  const points = sample(spline);
  return points[Math.floor(points.length / 2)];
}

/** Returns the point of the curve that is nearest to another point. */
export function nearest(spline: readonly Point[], { x, y }: Point): Point {
  const distance = (point: Point) => Math.hypot(point.x - x, point.y - y);
  return sample(spline).reduce((best, point) => (distance(point) < distance(best) ? point : best));
}

/** Returns points along a piecewise cubic Bézier curve. */
function sample(spline: readonly Point[]): Point[] {
  const steps = 16;
  const points = [spline[0]];
  for (let start = 0; start + 3 < spline.length; start += 3) {
    const [a, b, c, d] = spline.slice(start, start + 4);
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
      const blend = (axis: 'x' | 'y') => [a, b, c, d].reduce((sum, point, k) => sum + weights[k] * point[axis], 0);
      points.push({ x: blend('x'), y: blend('y') });
    }
  }
  return points;
}
