// The interval of a share.

/** Returns Wilson's 95 % interval of a share, in percent. */
export function shareInterval(count: number, all: number): string {
  const z = 1.96;
  const share = count / all;
  const centre = (share + z ** 2 / (2 * all)) / (1 + z ** 2 / all);
  const half = (z / (1 + z ** 2 / all)) * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  const percent = (value: number) => `${(100 * Math.max(0, value)).toFixed(0)} %`;
  return `${percent(centre - half)} – ${percent(centre + half)}`;
}
