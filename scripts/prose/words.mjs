// Words and phrases that prose must not contain, each with what to write instead (docs/glossary.md).

/** Files about cross-fitting, where one of two sets of subjects is a fold. */
const EVIDENCE =
  /evidence|conclusions|crossfit|test\/8[58]-|^docs\/(?:.*\/)?(?:method|science|scaling|missing-data)|README/;
/** Files about images and series; elsewhere, a grid is one of CUDA, of CSS, of an axis or of settings. */
export const ARRAYS =
  /^src\/(?:baselines|data|evidence|exchange|images|inference|models|nn|series|simulation|study|training)\/|^docs\/.*(?:images|series|study)/;
export const SHARDS = /shard|scaling|lease|launcher|jobs|queue|worker|test\/(?:58|93)-/;

/**
 * `refuse` is a regular expression between word boundaries, in which a space stands for any white space. `in` limits an
 * entry to some files, `isOpening` to the beginning of a comment.
 */
const ENTRIES = [
  // Rule 7: no participle or adjective as a noun, and no phrases that readers have to unfold.
  {
    refuse: '(?<!\\b(?:I|you|we|they|who|to|not|can|cannot|may|must|should|will|would|could) )own',
    use: 'delete it, or write “local”, “private”, “per-column”, or what it is',
  },
  { refuse: 'told|tells(?! (?:[\\w-]+ ){1,6}apart)', use: 'write “reports”, “describes”, “says” or “shows”' },
  { refuse: 'said of', use: 'write “applies to”, or a sentence with a subject' },
  {
    refuse: '(?:the|each|every|its|their|of) (?:said|asked|found|kept)(?= (?:is|are|was|were|has|have)\\b|[.,;:)])',
    use: 'name the thing: “the result”, “the request”, “the retained rows”',
  },
  {
    refuse: '(?:the|each|every|of the) given(?=[.,;:)]|$)',
    use: 'name the thing: “the conditioning set”, “the argument”',
  },
  { refuse: '(?:the|each|every|all) kept(?= \\w)', use: 'write “retained”' },
  { refuse: "(?<!\\b(?:the|all|any|no) )others|others(?:’|')", use: 'name them: “the other columns”' },
  { refuse: 'so many', use: 'write the number, or “count”' },
  { refuse: 'as many [^.;:]{0,60}?\\bas', use: 'write “the same number of” or “one … per …”' },
  { refuse: 'who(?:m|so)?ever', use: 'write “anyone who”, or who it is' },
  { refuse: 'all the same', use: 'write “nevertheless”, or delete it' },
  { refuse: '(?:comes?|came|coming) to(?! (?:an|its|a) (?:end|stop))', use: 'write “is”, “equals” or “reaches”' },
  {
    refuse: '(?:goes|go|going|went|gone) on(?! (?:the|a|an|its|one|this|that|each|disk|GPUs?)\\b)',
    use: 'write “continues”',
  },
  { refuse: '(?:is|are|was|were) of', use: 'write “has”, “belongs to” or “describes”' },
  { refuse: 'such (?:[\\w-]+ ){0,5}as (?:has|have|is|are|was|were|do|does)', use: 'write “that has”, “that is”' },
  { refuse: 'what (?:is|was|are|were) asked(?: for)?', use: 'write “the question” or “the requested …”' },
  { refuse: '(?:stand|stands|stood)(?! (?:for|out|by)\\b)', use: 'write “is”, “is written” or “is supported”' },
  { refuse: 'no confidence(?! (?:interval|level|band|limit|region)s?)', use: 'write “not a confidence level”' },
  { refuse: '(?:and |or )?the like', use: 'name the things, or write “and so on”' },
  { refuse: 'the (?:sooner|later)(?= the\\b|[,.;])', use: 'write “earlier”, “later”, or say how much' },
  { refuse: 'in the place of|in place of', use: 'write “instead of”' },
  { refuse: 'but for', use: 'write “except”' },
  { refuse: 'lest', use: 'write “so that … not”' },
  { refuse: 'machines? that computes?', use: 'write “device” or “host”' },
  { refuse: 'besides?', use: 'write “next to”, “in addition to” or “compared with”' },
  { refuse: 'anew', use: 'write “again”' },
  { refuse: 'here and there', use: 'say where' },
  { refuse: 'as it were', use: 'delete it' },
  { refuse: 'one after (?:the other|another)', use: 'write “in sequence”' },
  { refuse: 'by and by', use: 'write “gradually”' },
  { refuse: 'thereof|whereof', use: 'write “of it”' },
  { refuse: 'wherever', use: 'write “where”' },
  { refuse: 'ha(?:s|ve) it that', use: 'write “says that”' },

  // Terms of the glossary.
  { refuse: 'halves|(?:each|either|neither|other|every) half', use: 'write “folds”, “the other fold”', in: EVIDENCE },
  {
    refuse: 'two-part|parts? of (?:a|the|its|each|every|this) (?:fit|training)|(?:subspace|component|joint)s? parts?',
    use: 'write “stage”',
  },
  {
    refuse: '(?:training|validation|test) parts?|parts? of (?:a|the) split',
    use: 'write “split”: “the training split”',
  },
  { refuse: 'teams?', use: 'write “process group”' },
  { refuse: 'carriers?', use: 'write “launcher”' },
  { refuse: 'claim(?:s|ed|ing)?', use: 'write “lease”', in: SHARDS },
  { refuse: 'beats?(?! per minute)', use: 'write “heartbeat”, or “is better than”' },
  { refuse: 'fleets?', use: 'write “thread pool”' },
  { refuse: 'conversations?', use: 'write “session”' },
  { refuse: 'shares? something', use: 'write “is associated with”' },
  { refuse: 'what follows (?:if|when)', use: 'write “the effect of intervening on …”' },
  {
    refuse: 'subjects (?:who|that|which) (?:were|are|was|is|had|have) (?:not|never)(?: been)? seen|unseen subjects',
    use: 'write “held-out subjects”',
  },
  { refuse: '(?:find|finds|found) again', use: 'write “replicates”, “replicated”' },
  { refuse: 'withdr(?:aw|aws|ew|awn)', use: 'write “unsupported”, “removed for lack of support”' },
  { refuse: 'nats ahead|ahead by(?= [\\d.]+ nats|$)', use: 'write “likelihood gain (nats)”' },
  { refuse: '(?:pixel|grey|gray|brightness) levels?', use: 'write “intensity”' },
  { refuse: 'grids?(?! search)', use: 'write “image”, “series”, or “regular array” for both', in: ARRAYS },
  { refuse: 'torn|bent', use: 'write “fragmented”, “non-monotone”, “curved” or “half-written”' },
  { refuse: 'pictures?', use: 'write “image”' },
  { refuse: 'canonical start', use: 'write “CCA initialisation”' },

  // Openings that leave the subject of a comment out.
  { refuse: 'Of (?=\\S)', use: 'begin with a subject or a verb: “Returns …”, “Number of …”', isOpening: true },
  { refuse: 'For whoever|Whatever', use: 'begin with a subject or a verb', isOpening: true },
];

/** The entries of the table with compiled patterns. */
export const WORDS = ENTRIES.map(({ refuse, ...entry }) => {
  const [before, after] = entry.isOpening ? ['^', ''] : ['(?<![\\w-])', '(?![\\w-])'];
  return {
    ...entry,
    pattern: new RegExp(`${before}(?:${refuse.replaceAll(' ', ' +')})${after}`, entry.isOpening ? 'g' : 'gi'),
  };
});
