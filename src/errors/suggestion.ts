// Suggests the name that a person probably meant, for errors about unknown options, keys and columns.

/** Maximum length of a name for which names are suggested. */
const MAX_LETTERS = 200;
/** Maximum number of comparisons of letters. If there are very many candidates, only the first ones are considered. */
const MAX_WORK = 2 ** 22;

/**
 * Returns up to `count` candidates that resemble `name`, nearest first: at most a third of the letters differ (two in
 * short names; case does not matter), or one name contains the other.
 */
function nearestNames(name: string, candidates: Iterable<string>, count = 3): string[] {
  if (name.length > MAX_LETTERS) return [];
  const lower = name.toLowerCase();
  const limit = Math.max(2, Math.floor(lower.length / 3));
  const ranked: { candidate: string; distance: number }[] = [];
  let work = 0;
  for (const candidate of candidates) {
    work += (lower.length + 1) * (Math.min(candidate.length, lower.length + limit) + 1);
    if (work > MAX_WORK) break;
    if (candidate.length > MAX_LETTERS) continue;
    const other = candidate.toLowerCase();
    const contained = lower.length >= 3 && other.length >= 3 && (other.includes(lower) || lower.includes(other));
    const distance = Math.abs(other.length - lower.length) > limit ? Infinity : editDistance(lower, other);
    if (distance <= limit && distance < other.length) ranked.push({ candidate, distance });
    else if (contained) ranked.push({ candidate, distance: limit + 1 });
  }
  ranked.sort((a, b) => a.distance - b.distance);
  return ranked.slice(0, count).map(({ candidate }) => candidate);
}

/** Returns ` (did you mean 'x'?)`, or an empty text if no candidate resembles the name. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = nearestNames(name, candidates).map((candidate) => `'${candidate}'`);
  return names.length === 0 ? '' : ` (did you mean ${names.join(' or ')}?)`;
}

/** Returns the number of insertions, deletions, replacements and swaps of neighbours between two texts. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(replace, last[j] + 1, row[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, beforeLast[j - 2] + 1);
      }
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length];
}
