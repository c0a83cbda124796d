// Counts words, sentences, long sentences and fragments, by kind of text and folder.
import { isMarkdown } from './parse.mjs';
import { MAX_WORDS } from './rules.mjs';
import { countWords, sentencesOf } from './sentences.mjs';
import { plainText } from './tree.mjs';

/** Largest mean number of words per sentence. */
const MAX_MEANS = { 'all pages': 18, 'all comments': 20 };

export class Measures {
  #kinds = new Map();
  #isFragment;

  /** @param isFragment true for a text that is not a sentence; undefined: fragments are not counted */
  constructor(isFragment = () => false) {
    this.#isFragment = isFragment;
  }

  /** Counts the sentences of a file, as `lint` has parsed it. Texts for people in code are not counted. */
  add(path, tree) {
    const isPage = isMarkdown(path);
    const folder = path.includes('/') ? path.split('/')[0] : '.';
    const kinds = isPage ? pageKinds(path) : [`comments in ${folder}`, 'all comments'];
    const visit = (node) => {
      if (node.type !== 'Paragraph') return node.children?.forEach(visit);
      const isCounted = !node.isText && !node.isTable && isPage === (node.isComment !== true);
      for (const kind of isCounted ? kinds : []) this.#count(kind, node);
    };
    visit(tree);
  }

  #count(kind, node) {
    const { text } = plainText(node);
    const sum = this.#kinds.get(kind) ?? { words: 0, sentences: 0, long: 0, oneLine: 0, fragments: 0 };
    this.#kinds.set(kind, sum);
    for (const count of sentencesOf(text).map((sentence) => countWords(sentence.text))) {
      if (count === 0) continue;
      sum.words += count;
      sum.sentences += 1;
      if (count > MAX_WORDS) sum.long += 1;
    }
    if (!node.isOneLine) return;
    sum.oneLine += 1;
    if (this.#isFragment(text)) sum.fragments += 1;
  }

  /** Returns a sentence for each kind of text whose sentences are too long on average. */
  excesses() {
    return Object.entries(MAX_MEANS).flatMap(([kind, max]) => {
      const { words, sentences } = this.#kinds.get(kind) ?? { words: 0, sentences: 1 };
      const mean = words / sentences;
      return mean <= max
        ? []
        : [`${kind}: sentences have ${mean.toFixed(1)} words on average; at most ${max} are allowed.`];
    });
  }

  /** Returns the table that `--measure` prints. */
  table() {
    const rows = [...this.#kinds].sort(
      ([a], [b]) => Number(a.startsWith('all')) - Number(b.startsWith('all')) || a.localeCompare(b),
    );
    return [
      ['', 'words', 'sentences', 'mean', `over ${MAX_WORDS}`, 'one-line', 'fragments'],
      ...rows.map(([kind, { words, sentences, long, oneLine, fragments }]) => {
        const mean = (words / Math.max(1, sentences)).toFixed(1);
        return [kind, words, sentences, mean, long, oneLine, fragments];
      }),
    ]
      .map(([kind, ...cells]) => kind.padEnd(22) + cells.map((cell) => String(cell).padStart(11)).join(''))
      .join('\n');
  }
}

const pageKinds = (path) => (path === 'CHANGELOG.md' ? ['changelog'] : ['all pages']);

/** Returns the test for fragments: a comment without a verb is no sentence. */
export async function fragmentTest() {
  const { default: nlp } = await import('compromise');
  return (text) => !nlp(text).has('#Verb');
}
