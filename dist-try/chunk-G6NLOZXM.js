// src/data/natural-spline.ts
function curvedTerms(knots) {
  return knots - 2;
}
function splineConstants({ knots, term }) {
  const from = knots[term];
  const [before, last] = knots.slice(-2);
  const scale = 1 / (last - knots[0]) ** 2;
  return {
    ...{ from, before, last, scale },
    ratio: (last - from) / (last - before),
    slope: 3 * (last - from) * (before - from) * scale
  };
}
function splineValue({ from, before, last, ratio, scale, slope }, x) {
  const inside = Math.min(x, last);
  const cube = (knot) => Math.max(inside - knot, 0) ** 3;
  return (cube(from) - ratio * cube(before)) * scale + slope * Math.max(x - last, 0);
}

export {
  curvedTerms,
  splineConstants,
  splineValue
};
