// Words that names of declarations and files must not contain, each with the term to write instead (docs/glossary.md).

import { ARRAYS, SHARDS } from './words.mjs';

/**
 * `words` are refused at every place in a name, written in small letters and separated by spaces. `isWhole` refuses
 * names that consist of them alone, `isFirst` those that begin with them. `in` limits an entry to some files.
 */
const ENTRIES = [
  { words: 'own', use: 'what it is (value, entry, row, column, latent), local, private or per…' },
  { words: 'told|tells|teller', use: 'event, report, message, describe…' },
  { words: 'said|asked', isWhole: true, use: 'reported, message; requested, query' },
  { words: 'found', isWhole: true, use: 'result, match, graph, or what it is' },
  { words: 'kept', isWhole: true, use: 'retained' },
  { words: 'made', isWhole: true, use: 'created, result, or what it is' },
  { words: 'others', isWhole: true, use: 'what they are: otherColumns, otherRuns' },
  { words: 'given', isWhole: true, use: 'what it is: input, options, conditioning' },
  { words: 'at once', use: 'concurrency, or a count' },
  { words: 'so many|how many', use: 'count' },
  { words: 'whoever', use: 'who it is' },
  // “Most likely” and “least squares” are terms.
  {
    words: 'least|most',
    isFirst: true,
    use: 'min…, max…',
    except: /^(?:most_?(?:likely|frequent|common|recent|probable)|least_?squares)/i,
  },
  { words: 'halves', use: 'folds' },
  { words: 'two part|joint part', use: 'twoStage, jointStage' },
  { words: 'team|teams', use: 'processGroup' },
  { words: 'carrier|carriers', use: 'launcher' },
  { words: 'claim|claims|claimed', use: 'lease', in: SHARDS },
  { words: 'beat|beats', use: 'heartbeat' },
  { words: 'fleet|fleets', use: 'threadPool' },
  { words: 'conversation|conversations', use: 'session' },
  { words: 'withdrawn', use: 'unsupported' },
  { words: 'level store|level file|level files', use: 'intensityStore, intensityFile' },
  { words: 'grid|grids', use: 'image, series, regularArray', in: ARRAYS },
  { words: 'torn|bent', use: 'fragmented, nonMonotone, curved, halfWritten' },
  { words: 'picture|pictures', use: 'image' },
  { words: 'canonical start', use: 'ccaInitialisation' },
];

/** Names of JavaScript itself. */
const FOREIGN = /^(?:hasOwn|hasOwnProperty|ownKeys|getOwnProperty\w+)$/;
const CONSTANT = /(?:^|_)(LEAST|MOST|LARGEST|SMALLEST)(?:_|$)/;

const NAMES = ENTRIES.map(({ words, isWhole, isFirst, ...entry }) => {
  const [before, after] = [isWhole || isFirst ? '^' : '(?:^| )', isWhole ? '$' : '(?: |$)'];
  return { ...entry, pattern: new RegExp(`${before}(${words})${after}`) };
});

/** Splits a name in camelCase, snake_case or kebab-case into small letters with spaces. */
const wordsOf = (name) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .replaceAll(/[^A-Za-z0-9]+/g, ' ')
    .trim()
    .toLowerCase();

/**
 * Finds the first refused word of a name.
 * @returns `{ word, use }`, or undefined if the name is plain
 */
export function refusedName(name, path) {
  if (FOREIGN.test(name)) return undefined;
  const constant = CONSTANT.exec(name)?.[1];
  if (constant !== undefined) return { word: constant, use: /LEAST|SMALLEST/.test(constant) ? 'MIN_' : 'MAX_' };
  const words = wordsOf(name);
  for (const { pattern, use, except, in: files } of NAMES) {
    const word = pattern.exec(words)?.[1];
    if (word !== undefined && !except?.test(name) && (files?.test(path) ?? true)) return { word, use };
  }
  return undefined;
}
