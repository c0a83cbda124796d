// Seeds of text formats.

import {
  causalGraphToDot,
  causalGraphToGraphml,
  causalGraphToText,
  causalGraphToMatrix,
  graphFromStrengths,
  graphToJson,
} from '../src/causal/index.js';
import { causalGraphToJson } from '../src/causal/graph-json.js';
import { ARROW, CIRCLE, graphFromEdges, TAIL } from '../src/causal/discovery/causal-graph.js';
import type { Seeds } from './seeds.js';

const STUDY = `study: seed
id: { column: subject }
missing: keep
split: { validation: 0.1, test: 0.1, seed: 3 }
modalities:
  blood:
    table: \${DATA:-data}/blood.csv
    latents: 2
    columns: [iron, "sugar level"]
    log: [iron]
    where: { age: { from: 18, to: 80 } }
  sleep: { table: [sleep.csv, more.csv], latents: 1, kinds: { snores: binary }, levels: { snores: [no, yes] } }
  photos: { images: { files: people.csv, column: left, folder: photos, size: [32, 32], channels: grey }, latents: 3 }
  band: { series: { table: band.csv, time: sec, channels: [HR, EDA], seconds: 4, steps: 16 }, latents: 2 }
training: { encoderRestarts: 2, epochs: 4, batch: 32 }
adjust: { columns: [age], table: blood.csv }
discovery: { algorithm: pc, bootstrap: 10, threshold: 0.5, variables: { age: { table: blood.csv, columns: [age] } } }
`;

const REQUESTS = {
  rows:
    '{"rows":[{"blood":{"iron":1.5,"constructor":2},"sleep":{"hours":7e-1}},' +
    '{"blood":{"iron":-0,"constructor":null},"sleep":{"hours":2}}]}',
  columns: '{"columns":{"blood":{"iron":[1,null],"constructor":[2,3]},"sleep":{"hours":[1,2]}},"posterior":true}',
  intervene:
    '{"set":{"blood.z1":{"sd":1},"sleep.z1":0.5},"draws":100,"seed":3,"level":0.9,' +
    '"edges":[{"from":"blood.z1","to":"sleep.z1"}]}',
};

function graphs(): Record<string, Seeds> {
  const variables = ['a', 'b c', 'Zucker/µmol', 'd'].map((name) => ({ name }));
  const graph = graphFromEdges(variables, [
    { from: 'a', to: 'b c', fromMark: TAIL, toMark: ARROW },
    { from: 'b c', to: 'Zucker/µmol', fromMark: CIRCLE, toMark: ARROW },
    { from: 'd', to: 'a', fromMark: ARROW, toMark: ARROW },
  ]);
  const modalities = [
    { name: 'm1', latents: 2 },
    { name: 'm2', latents: 1 },
  ];
  const latent = graphFromStrengths(modalities, Float64Array.of(0, 0.5, 0, 0, 0, 0.7, 0, 0, 0), { threshold: 0.1 });
  return {
    dot: new Map([
      ['written', causalGraphToDot(graph)],
      [
        'foreign',
        'strict digraph "g" { node [shape=box]; a -> {b c} [dir=both, arrowtail=odot]; // no\n' +
          ' subgraph s { d; } d -> a /* x */ }',
      ],
    ]),
    graphml: new Map([['written', causalGraphToGraphml(graph)]]),
    'graph-text': new Map([['written', causalGraphToText(graph)]]),
    'graph-matrix': new Map([
      ['plain', causalGraphToMatrix(graph)],
      ['named', 'a,b\n0,-1\n1,0\n'],
    ]),
    'graph-json': new Map([
      ['causal', causalGraphToJson(graph)],
      ['latent', graphToJson(latent)],
    ]),
  };
}

export function textSeeds(): Record<string, Seeds> {
  return {
    ...graphs(),
    csv: new Map([
      ['plain', 'id,a,b\np1,1.5,2\np2,,-3e-5\n'],
      ['quoted', 'id;"a ""x""";b\r\n"p;1";1,5;NA\r\np2;2;""\r\n'],
      ['tabs', '\ufeffid\ta\np1\t1\np2\t0.30000000000000004\n'],
    ]),
    gmt: new Map([['two', 'CYCLE\thttps://example.org\tASPM\tCCNA2\tE2F1\nIMMUNE\t\tIRF5\tCSF1R\t\r\n']]),
    'matrix-market': new Map([
      ['coordinate', '%%MatrixMarket matrix coordinate real general\n% x\n3 2 3\n1 1 1.5\n2 2 -2\n3 1 4\n'],
      ['array', '%%MatrixMarket matrix array integer symmetric\n2 2\n1\n2\n3\n'],
    ]),
    'plain-number': new Map([
      ['one', '-1234.5678e-3'],
      ['long', '0.30000000000000004'],
      ['large', '9007199254740993'],
    ]),
    targets: new Map([
      ['yaml', 'none: []\ndrug:\n  - akt\n  - "pkc"\n'],
      ['json', '{"none":[],"drug":["mek","akt"]}'],
    ]),
    tiers: new Map([
      ['yaml', 'tiers:\n  - [age, "sex"]\n  - [blood.*]\nforbidden: [[a, b]]\nrequired:\n  - [b, c]\n'],
      ['json', '{"tiers":[["a"],["b"]],"forbidden":[["b","a"]]}'],
      ['visits', "repeated:\n  visits: ['*_v1', '*_v2']\n  maxLag: 1\n  withinVisit: false\n"],
    ]),
    study: new Map([
      ['yaml', STUDY],
      [
        'json',
        '{"study":"s","id":"id","modalities":{"a":{"table":"a.csv","latents":1},"b":{"table":"b.csv","latents":2}}}',
      ],
    ]),
    request: new Map(Object.entries(REQUESTS)),
  };
}
