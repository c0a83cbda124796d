// Images for simulations on machines without the data of digits and garments.

import { RandomStream } from '../../src/random/random-stream.js';
import type { Glyphs } from '../../reproduction/simulation/variant-mnist.js';

/** Returns rings and crosses of any size. */
export function glyphs(stream: number, count: number): Glyphs {
  const side = 28;
  const draw = new RandomStream(9, stream);
  const pixels = new Uint8Array(count * side * side);
  for (let i = 0; i < count; i++) {
    const [radius, width] = [draw.between(5, 11), draw.between(1, 4)];
    const isRing = draw.uniform() < 0.5;
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const [down, right] = [Math.abs(y - 13.5), Math.abs(x - 13.5)];
        const inside = isRing
          ? Math.abs(Math.hypot(down, right) - radius) < width
          : Math.min(down, right) < width && Math.max(down, right) < radius;
        pixels[(i * side + y) * side + x] = inside ? 255 : 0;
      }
    }
  }
  return { side, pixels };
}
