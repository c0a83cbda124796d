// Advice on which columns to omit to regain subjects, largest gain first. Columns that are missing together, such as
// the panel of a laboratory, are omitted together: omitting one of them alone regains no subject.

/** A step of the advice. Its numbers include the steps before it. */
export interface OmissionAdvice {
  readonly omit: readonly { readonly modality: string; readonly column: string }[];
  /** Number of subjects that this step adds. */
  readonly regained: number;
  /** Number of subjects of the data set after this step. */
  readonly subjects: number;
}

/** Maximum number of sets of columns that are compared at each step: those that most subjects lack. */
const CANDIDATES = 100;
const MAX_STEPS = 50;

/**
 * Returns the steps of a greedy search: each step omits the set of columns that regains most subjects per column.
 *
 * @param lacking positions of the columns that each subject lacks, ascending
 * @param columns the columns at those positions
 */
export function adviseOmissions(
  lacking: readonly (readonly number[])[],
  columns: OmissionAdvice['omit'],
): OmissionAdvice[] {
  let patterns = countPatterns(lacking.map((positions) => ({ positions, subjects: 1 })));
  let subjects = lacking.filter((positions) => positions.length === 0).length;
  const steps: OmissionAdvice[] = [];
  while (patterns.length > 0 && steps.length < MAX_STEPS) {
    const worth = (positions: readonly number[]) => {
      const omitted = new Set(positions);
      const regained = patterns
        .filter((pattern) => pattern.positions.every((column) => omitted.has(column)))
        .reduce((sum, pattern) => sum + pattern.subjects, 0);
      return { positions, regained, each: regained / positions.length };
    };
    const { positions, regained } = patterns
      .slice(0, CANDIDATES)
      .map((pattern) => worth(pattern.positions))
      .reduce((a, b) => (b.each > a.each ? b : a));
    subjects += regained;
    steps.push({ omit: positions.map((column) => columns[column]), regained, subjects });
    const omitted = new Set(positions);
    patterns = countPatterns(
      patterns.map((pattern) => ({ ...pattern, positions: pattern.positions.filter((one) => !omitted.has(one)) })),
    );
  }
  return steps;
}

interface Pattern {
  readonly positions: readonly number[];
  readonly subjects: number;
}

/** Counts equal sets of columns, without the empty set. The set with most subjects per column comes first. */
function countPatterns(all: readonly Pattern[]): Pattern[] {
  const counted = new Map<string, { positions: readonly number[]; subjects: number }>();
  for (const { positions, subjects } of all) {
    if (positions.length === 0) continue;
    const key = positions.join();
    const known = counted.get(key);
    if (known) known.subjects += subjects;
    else counted.set(key, { positions, subjects });
  }
  return [...counted.values()].sort((a, b) => b.subjects / b.positions.length - a.subjects / a.positions.length);
}
