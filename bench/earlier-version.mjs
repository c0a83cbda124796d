// Runs the version before the referee's findings on the studies of docs/results/evidence. For each data set it prints a
// line of JSON: whether a pair is found, which links and arrows of the graph are false, and the result of PC on the
// latents.
//
//     git worktree add /elsewhere/earlier ffae5820
//     node_modules/.bin/esbuild bench/earlier-version.mjs --bundle --platform=node --format=esm --target=node20 \
//       --packages=external --alias:earlier=/elsewhere/earlier/src --outfile=build/bench/earlier-version.mjs
//     node build/bench/earlier-version.mjs chain-2000-0.7,u 100 5     # kinds, first data seed, data sets of each
//
// Groups are left out, because that version refuses the split of `null-groups`.

import { discover } from 'earlier/causal/index.ts';
import { MultimodalCausalModel } from 'earlier/multimodal-causal-model.ts';
import { chain, covariates, crossed, gaps, narrow, randomGraph } from '../reproduction/experiments/link-studies.ts';
import { factors } from '../reproduction/experiments/null-studies.ts';
import { meanCorrelation } from '../src/metrics/index.ts';

/** A latent counts as recovered from this correlation with its true latent on. */
const MIN_CORRELATION = 0.95;

const curve = (seed, shape) =>
  factors(seed, { subjects: 150, columns: 15, correlations: [0, 0], shape, privateFactors: 0 }).dataset;

const PAIRS = {
  narrow: (seed) => narrow(seed, 100),
  covariates: (seed) => covariates(seed, 60),
  gaps: (seed) => gaps(seed, 300),
  u: (seed) => curve(seed, 'u'),
  spread: (seed) => curve(seed, 'spread'),
};

const LINKS = {
  'chain-2000-0.7': (seed) => chain(seed, { subjects: 2000, reliability: 0.7, shape: 'chain' }),
  'chain-2000-0.95': (seed) => chain(seed, { subjects: 2000, reliability: 0.95, shape: 'chain' }),
  'fork-2000-0.7': (seed) => chain(seed, { subjects: 2000, reliability: 0.7, shape: 'fork' }),
  'chain-2000-0.7-direct-0.3': (seed) => chain(seed, { subjects: 2000, reliability: 0.7, shape: 'chain', direct: 0.3 }),
  'crossed-1000': (seed) => crossed(seed, 1000),
  'graph-2000': (seed) => randomGraph(seed, 2000),
};

async function pairsOf(dataset, seed) {
  await using model = await MultimodalCausalModel.fit(dataset, { seed, threads: 1 });
  const { pairs } = model.summary.evidence;
  return { related: pairs.some(({ related }) => related), p: pairs.map(({ p }) => p) };
}

async function linksOf({ dataset, truth, links }, seed) {
  await using model = await MultimodalCausalModel.fit(dataset, { seed, threads: 1 });
  const rows = dataset.ids.length;
  const sizes = truth.map(({ length }) => length);
  const places = sizes.flatMap((size, m) => Array.from({ length: size }, (_, k) => [m, k]));
  const table = (read) => ({
    values: Float64Array.from({ length: rows * places.length }, (_, at) =>
      read(...places[at % places.length], Math.floor(at / places.length)),
    ),
    rows,
    columns: places.length,
  });
  const names = dataset.modalities.map(({ name }) => name);
  const encoded = await model.encode(dataset);
  const { matching, perLatent } = meanCorrelation(
    table((m, k, row) => truth[m][k][row]),
    table((m, k, row) => encoded[names[m]][row * sizes[m] + k]),
    { modalities: sizes },
  ).spearman;
  const nodes = model.graph.nodes.map(({ name }) => name);
  const trueOf = new Map([...matching].map((node, latent) => [nodes[node], latent]));
  const isLink = (a, b) => links.some(([x, y]) => (x === a && y === b) || (x === b && y === a));
  const isArrow = (a, b) => links.some(([x, y]) => x === a && y === b);
  const supported = model.summary.evidence.links
    .filter(({ stands }) => stands)
    .map(({ first, second }) => [trueOf.get(first), trueOf.get(second)]);
  const edges = model.graph.edges.map(({ from, to }) => [trueOf.get(from), trueOf.get(to)]);
  const columns = places.map(([m, k], node) => ({
    name: nodes[node],
    values: Float64Array.from({ length: rows }, (_, row) => model.crossFitted[names[m]][row * sizes[m] + k]),
  }));
  const searched = discover(columns, { algorithm: 'pc' }).edges.map(({ from, to, fromMark, toMark }) => ({
    ends: [trueOf.get(from), trueOf.get(to)],
    arrow: fromMark === toMark ? undefined : toMark === 1 ? [from, to] : [to, from],
  }));
  const arrows = searched.flatMap(({ arrow }) => (arrow ? [arrow.map((name) => trueOf.get(name))] : []));
  return {
    falseLinks: supported.filter((link) => !isLink(...link)).length,
    falseLinksOfRecovered: supported.filter(
      (link) => !isLink(...link) && link.every((one) => perLatent[one] >= MIN_CORRELATION),
    ).length,
    edges,
    wrongArrows: edges.filter((edge) => !isArrow(...edge)).length,
    falseEdgesOfPc: searched.filter(({ ends }) => !isLink(...ends)).length,
    arrowsOfPc: arrows.length,
    wrongArrowsOfPc: arrows.filter((arrow) => !isArrow(...arrow)).length,
  };
}

const [kinds = '', first = '100', count = '1'] = process.argv.slice(2);
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  for (const kind of kinds.split(',')) {
    const result = kind in PAIRS ? await pairsOf(PAIRS[kind](seed), seed) : await linksOf(LINKS[kind](seed), seed);
    process.stdout.write(`${JSON.stringify({ kind, seed, ...result })}\n`);
  }
}
