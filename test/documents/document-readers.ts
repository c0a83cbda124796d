// The files that readers of documents have before they run the blocks, and the results that the blocks must show.

import { appendFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { womenAndMen } from '../fixtures/group-files.js';
import { followUp, patients } from '../fixtures/patient-files.js';
import * as files from '../fixtures/reader-files.js';
import * as formats from '../fixtures/reader-formats.js';

/** Runs the built command line in the reader's folder, and returns the printed text. */
type Interlatent = (...words: string[]) => string;

export interface Reader {
  /** Writes the files that the document mentions but does not create. */
  readonly prepare?: (folder: string, interlatent: Interlatent) => void | Promise<void>;
  /** Texts of programs and their replacements here, such as fewer resamples or a free port. */
  readonly changes?: readonly (readonly [from: string, to: string])[];
  /** Code to append to programs, by a text that they contain. */
  readonly continuations?: Readonly<Record<string, string>>;
  /** True if the blocks of text are output of the commands before them. */
  readonly printsText?: boolean;
  /** Flags of Node.js. If present, each program runs in a new process; otherwise one process runs all programs. */
  readonly nodeFlags?: readonly string[];
  /** Results by a text of the block: the printed text, and files that exist in the end. */
  readonly shows?: readonly {
    readonly of: string;
    readonly printed?: RegExp;
    readonly files?: Readonly<Record<string, RegExp>>;
  }[];
}

/** Settings of fits whose quality does not matter. */
export const SMALL =
  'training: { encoderRestarts: 1, epochs: 2, componentRestarts: 2, componentSteps: 40, polish: 1, hidden: 16, ' +
  'batch: 32 }';

/** Writes a study of three tables. */
function study(folder: string): void {
  const modalities = ['body', 'blood', 'sleep'].map((name) => {
    files.table(join(folder, `${name}.csv`), files.measures(...[1, 2, 3, 4].map((i) => `${name}${i}`)), { rows: 120 });
    return `  ${name}: { table: ${name}.csv, latents: 2 }`;
  });
  files.put(join(folder, 'study.yaml'), `study: people\nid: id\nmodalities:\n${modalities.join('\n')}\n${SMALL}\n`);
}

/** Writes two modalities of 300 people, and facts about most of these people. */
function chosenPeople(folder: string): void {
  for (const name of ['body', 'blood']) {
    files.table(join(folder, `${name}.csv`), files.measures(...[1, 2, 3, 4].map((i) => `${name}${i}`)), { rows: 300 });
  }
  const facts = {
    age: (row: number) => 20 + Math.floor(80 * files.noise(row, 1)),
    sex: (row: number) => (files.noise(row, 2) < 0.5 ? 'man' : 'woman'),
    centre: (row: number) => 1 + Math.floor(3 * files.noise(row, 3)),
  };
  files.table(join(folder, 'person.csv'), facts, { rows: 296 });
}

/** Writes two modalities of 300 people from a sample of 400 with weights, strata, and units. */
function sampledPeople(folder: string): void {
  chosenPeople(folder);
  const sample = {
    weight: (row: number) => 100 + Math.floor(900 * files.noise(row, 4)),
    stratum: (row: number) => 1 + (row % 8),
    psu: (row: number) => 1 + (Math.floor(row / 8) % 4),
    sex: (row: number) => (files.noise(row, 2) < 0.5 ? 'man' : 'woman'),
    days: (row: number) => 1 + Math.floor(-900 * Math.log(files.noise(row, 5))),
    died: (row: number) => Number(files.noise(row, 6) < 0.7),
  };
  files.table(join(folder, 'sample.csv'), sample, { rows: 400 });
}

/** Writes cells under three conditions. */
function cells(folder: string): void {
  const drug = (row: number): string => ['none', 'u0126', 'g0076'][row % 3];
  files.table(join(folder, 'cells.csv'), { drug, ...files.measures('akt', 'mek', 'pkc') });
}

/** Folder of the fit, after the first document that needs it. */
let studyRun: string | undefined;

/** Writes the same study, and its fit under several names. */
function fitted(folder: string, interlatent: Interlatent, ...runs: readonly string[]): void {
  study(folder);
  if (studyRun === undefined) {
    interlatent('fit', 'study.yaml', '--out', 'fitted');
    studyRun = join(folder, 'fitted');
  }
  for (const run of runs) cpSync(studyRun, join(folder, run), { recursive: true });
}

/** Folder of the fit, after the first document that needs it. */
let firstRun: string | undefined;

/** Writes the tables and the study of docs/tutorials/first-study.md. */
function firstStudy(folder: string): void {
  const coded =
    (code: string | number) =>
    (row: number, seed: number): string | number =>
      row % 20 === 0 ? code : files.measured(row, seed);
  files.table(join(folder, 'body.csv'), {
    ...files.measures('bmi', 'waist', 'fat', 'systolic', 'diastolic'),
    pulse: coded(-9),
  });
  files.table(
    join(folder, 'blood.csv'),
    { ...files.measures('glucose', 'hba1c', 'triglycerides', 'leukocytes', 'ferritin'), crp: coded('not done') },
    { id: 'person' },
  );
  files.table(join(folder, 'person.csv'), {
    ...files.measures('age', 'exercise'),
    sex: (row) => (row % 2 === 0 ? 'man' : 'woman'),
    batch: (row) => row % 3,
  });
  files.put(
    join(folder, 'study.yaml'),
    `study: first-study
id: id
modalities:
  body: { table: body.csv, missing: { pulse: [-9] }, latents: 2 }
  blood: { table: blood.csv, id: person, missing: { crp: [not done] }, latents: 2 }
${SMALL}
`,
  );
}

/** Writes the same files, and their fit in runs/first. */
function firstFit(folder: string, interlatent: Interlatent): void {
  firstStudy(folder);
  if (firstRun === undefined) {
    interlatent('fit', 'study.yaml', '--out', 'fitted-first');
    firstRun = join(folder, 'fitted-first');
  }
  cpSync(firstRun, join(folder, 'runs/first'), { recursive: true });
}

/** Writes the same tables, but keeps the study if the page has written one. */
function firstStudyColumns(folder: string): void {
  const study = join(folder, 'study.yaml');
  const text = existsSync(study) ? readFileSync(study) : undefined;
  firstStudy(folder);
  if (text) files.put(study, text);
}

/** Returns code of a client that is appended to the program of a server at `origin`. */
const asking = (origin: string, prefix: string, model: string): string => `
  const ask = async (path, body) => {
    const headers = { 'content-type': 'application/json' };
    const request = body && { method: 'POST', headers, body: JSON.stringify(body) };
    return (await fetch(${origin} + '${prefix}' + path, request)).json();
  };
  const { modalities } = await ask('/models/${model}');
  const means = (columns) => Object.fromEntries(columns.map(({ name, mean }) => [name, mean]));
  const row = Object.fromEntries(modalities.map(({ name, columns }) => [name, means(columns)]));
  console.log(JSON.stringify((await ask('/models/${model}/encode', { rows: [row] })).latents));`;

/** Fits the subjects of `few.yaml`. The ids of `people.csv` alone would need more than the heap of the programs. */
function manyPeople(folder: string, interlatent: Interlatent): void {
  const rows = (prefix: string, count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `${prefix}${i},${Math.sin(i).toFixed(5)},${(i % 11) / 4},${Math.cos(i).toFixed(5)},${i % 7}\n`,
    ).join('');
  for (const name of ['few', 'people']) {
    const modality = (key: string): string =>
      `  ${key}: { table: ${name}.csv, columns: [${key}1, ${key}2], latents: 1 }\n`;
    files.put(
      join(folder, `${name}.yaml`),
      `study: s\nid: id\nmodalities:\n${modality('a')}${modality('b')}${SMALL}\n`,
    );
  }
  const header = 'id,a1,a2,b1,b2\n';
  files.put(join(folder, 'few.csv'), header + rows('p', 120));
  files.put(join(folder, 'people.csv'), header);
  for (let i = 0; i < 30; i++) appendFileSync(join(folder, 'people.csv'), rows(`q${i}_`, 20_000));
  interlatent('fit', 'few.yaml', '--out', 'runs/first', '--evidence', 'none');
}

export const readers: Readonly<Record<string, Reader>> = {
  'README.md': {
    prepare: firstStudyColumns,
    changes: [['fit(study)', "fit(study, { evidence: 'quick' })"]],
    shows: [
      { of: 'npx interlatent inspect', printed: /^Conclusions$/m, files: { 'report.html': /<\/html>/ } },
      { of: 'model.conclusions()', printed: /^\d+ subjects, \d+ values$/m },
    ],
  },
  'docs/reference/causal-discovery.md': {
    prepare: (folder, interlatent) => {
      fitted(folder, interlatent, 'runs/first');
      cells(folder);
      files.table(join(folder, 'person.csv'), files.measures('age', 'sex', 'smoking'), { rows: 120 });
      for (const graph of ['estimate.graphml', 'estimate.json', 'truth.dot']) {
        interlatent('discover', 'body.csv', 'blood.csv', '--id', 'id', '--out', graph);
      }
    },
    changes: [
      [
        'fit(dataset)',
        'fit(dataset, { encoderRestarts: 1, epochs: 2, componentRestarts: 2, componentSteps: 40, polish: 1 })',
      ],
      ['halfSamples: 50', 'halfSamples: 1'],
    ],
    continuations: { discoverWithRefits: '\nconsole.log(edges.length, halfSamples.count, halfSamples.resampled);' },
    shows: [
      {
        of: 'npx interlatent discover',
        files: { 'graph.json': /"smoking"/, 'graph.svg': /<\/svg>/, 'refitted.json': /"subjects-before-fitting"/ },
      },
      { of: 'discoverWithRefits', printed: /^\d+ 1 subjects-before-fitting$/m },
      { of: 'a rough but repeatable noise', printed: /pressure --> retina/ },
      { of: 'a drug sets pressure', printed: /targets: \[ 'pressure' \][^]*from: 'pressure',\s+to: 'retina'/ },
      { of: 'npx interlatent graph', printed: /Graph Nodes:/ },
    ],
  },
  'docs/explanation/choosing-latents.md': {
    prepare: (folder) => {
      study(join(folder, 'data'));
    },
    shows: [{ of: 'interlatent select', files: { 'selection/selection.json': /"modalities"/ } }],
  },
  'docs/identifiability.md': {
    shows: [{ of: 'simulate chain', printed: /No latent can be\s+identified: m1 is the only modality/ }],
  },
  'docs/causes.md': {
    prepare: (folder) => {
      for (const name of ['blood', 'body']) {
        const columns = [1, 2, 3, 4].map((i) => `${name}${i}`);
        files.table(join(folder, `${name}.csv`), files.measures(...columns), { rows: 240 });
      }
      const visits = {
        arm: (row: number) => ['placebo', 'drug'][row % 2],
        dose: (row: number) => [0, 10, 20][row % 3],
        site: (row: number) => 'ABCDE'[row % 5],
      };
      files.table(join(folder, 'visits.csv'), visits, { rows: 240 });
    },
    shows: [
      { of: 'kind: ordered', printed: /placebo/ },
      { of: 'npx interlatent simulate', printed: /arm/, files: { 'report.html': /<\/html>/ } },
      { of: 'npx interlatent intervene', printed: /arm = a1/ },
    ],
  },
  'docs/how-to/adjust-for-covariates.md': {
    prepare: (folder) => {
      firstStudy(folder);
      study(folder);
    },
  },
  'docs/how-to/ask-what-changes.md': {
    prepare: firstFit,
    shows: [{ of: 'npx interlatent intervene', printed: /^do\(body\.z1 = \+1 sd\)/m }],
  },
  'docs/how-to/choose-the-cohort.md': { prepare: chosenPeople, printsText: true },
  'docs/how-to/plan-the-sample-size.md': {
    prepare: study,
    printsText: true,
    shows: [{ of: 'power --latents', files: { 'power/power.svg': /<\/svg>/ } }],
  },
  'docs/how-to/compare-methods.md': {
    shows: [{ of: 'npx interlatent compare', printed: /^cca(?: +0\.\d{3}){4} +1 of 1 +1\.000 /m }],
  },
  'docs/how-to/use-survey-weights.md': { prepare: sampledPeople, printsText: true },
  'docs/how-to/choose-the-number-of-latents.md': {
    prepare: firstStudy,
    shows: [{ of: 'npx interlatent select', files: { 'selection/selection.svg': /<\/svg>/ } }],
  },
  'docs/how-to/describe-missing-codes.md': {
    prepare: (folder) => {
      files.table(join(folder, 'body.csv'), files.measures('weight', 'height', 'waist'));
      files.table(join(folder, 'sleep.csv'), files.measures('hours', 'snoring', 'naps'));
    },
  },
  'docs/how-to/embed-in-node.md': {
    changes: [['epochs: 20,', 'epochs: 2,']],
    shows: [
      { of: "model.save('runs/first')", printed: /^m1 and m2 /m, files: { 'runs/first/run.json': /"latents"/ } },
      { of: 'encodeRows', printed: /^\[ [-\d.]+, [-\d.]+ \] \[ / },
      { of: 'instanceof InterlatentError', printed: /^missing-file\n/ },
      { of: 'resume: true', files: { 'runs/second/run.json': /"latents"/ } },
    ],
  },
  'docs/how-to/encode-new-subjects.md': {
    prepare: (folder, interlatent) => {
      firstFit(folder, interlatent);
      for (const name of ['body.csv', 'blood.csv']) cpSync(join(folder, name), join(folder, `new-${name}`));
    },
    shows: [
      {
        of: 'npx interlatent encode',
        files: { 'latents.csv': /^id,body\.z1,body\.z2,/, 'latents-with-sd.csv': /body\.z1\.sd/ },
      },
      { of: 'writeTable', files: { 'new-latents.csv': /^id,body\.z1,body\.z2,/ } },
    ],
  },
  'docs/how-to/find-a-graph-of-columns.md': {
    prepare: (folder) => {
      study(folder);
      cells(folder);
    },
    shows: [
      { of: '--out graph.svg', files: { 'graph.svg': /<\/svg>/, 'graph.json': /"edges"/ } },
      { of: '--algorithm gies', printed: /environments of drug[^]*sets \(stated\)/ },
    ],
  },
  'docs/how-to/impute-missing-values.md': {
    prepare: firstFit,
    shows: [
      { of: 'npx interlatent impute', files: { 'imputed.csv': /^id,modality,column,mean,sd,low,high\n/ } },
      { of: 'npx interlatent predict', files: { 'predicted.csv': /^id,/ } },
    ],
  },
  'docs/how-to/read-data-with-duckdb.md': {
    shows: [{ of: '@duckdb/node-api', printed: /^400 body 0, blood \d+\n$/ }],
  },
  'docs/how-to/read-single-cell-data.md': {
    prepare: (folder) => {
      formats.cellRanger(join(folder, 'filtered_feature_bc_matrix'));
    },
  },
  'docs/how-to/make-figures.md': {
    prepare: (folder, interlatent) => {
      fitted(folder, interlatent, 'runs/study');
      writeFileSync(join(folder, 'sets.gmt'), 'A_SET\t\tweight\theight\twaist\tpulse\tsteps\n');
    },
    shows: [
      {
        of: '--sets sets.gmt',
        printed:
          /Not drawn: discovery \(pass a graph of `interlatent discover` with --discovery\)\nNot drawn: outcomes /,
        files: { 'figures/calibration.svg': /diagonal/, 'figures/gene-sets.svg': /85mm|180mm/ },
      },
      {
        of: 'npx interlatent figures',
        printed: /Written to figures, all as panels in figures\.pdf\. Titles and captions:\nfigures\.json\./,
        files: {
          'figures/figures.pdf': /^%PDF-1\.7/,
          'figures/figures.json': /"palette"/,
          'figures/graph.svg': /85mm/,
        },
      },
      { of: 'writeFigures', printed: /associations: Associations between modalities/ },
    ],
  },
  'docs/how-to/compare-subgroups.md': {
    prepare: womenAndMen,
    printsText: true,
    shows: [
      { of: 'npx interlatent report', files: { 'report.html': /Differences between groups of subjects/ } },
      { of: "model.table('subgroup-links'", printed: /^men -?[\d.]+ differs$/m },
    ],
  },
  'docs/how-to/relate-latents-to-outcomes.md': { prepare: patients, printsText: true },
  'docs/how-to/resume-a-fit.md': { prepare: firstStudy },
  'docs/how-to/share-a-run-folder.md': {
    prepare: firstFit,
    shows: [{ of: 'npx interlatent graph', files: { 'graph.svg': /<\/svg>/, 'report.html': /<\/html>/ } }],
  },
  'docs/how-to/evaluate.md': { shows: [{ of: 'npx interlatent evaluate', printed: /MCC/ }] },
  'docs/how-to/use-from-python.md': {
    prepare: study,
    // A fit of a few steps determines and replicates no latents.
    changes: [['draws=200)', 'draws=200, undetermined=True, unreplicated=True)']],
    shows: [
      { of: 'out="runs/first"', printed: /^body, blood and sleep are|associated/m },
      { of: 'out="runs/arrays"', printed: /^sleep\.z1 +sleep /m },
      { of: 'sd=True', printed: /body\.z1\.sd/ },
      { of: 'nothing.z1', printed: /^unknown-latent \{'latent': 'nothing\.z1'\}$/m },
    ],
  },
  'docs/how-to/use-from-r.md': {
    prepare: study,
    changes: [['draws = 200)', 'draws = 200, undetermined = TRUE, unreplicated = TRUE)']],
    shows: [
      { of: '"runs/first"', printed: /associated/ },
      { of: '"runs/frames"', printed: /sleep\.z1 +sleep /m },
      { of: 'sd = TRUE', printed: /body\.z1\.sd/ },
      { of: 'nothing.z1', printed: /"unknown-latent"/ },
    ],
  },
  'docs/how-to/export.md': {
    prepare: (folder) => {
      writeFileSync(join(folder, 'sets.gmt'), `A_SET\t\tx1\tx2\tx3\tx4\tx5\n`);
    },
    shows: [{ of: 'npx interlatent export', files: { 'case1-python/model.json': /"inputs"/ } }],
  },
  'docs/reference/files.md': {
    prepare: async (folder, interlatent) => {
      formats.cellRanger(join(folder, 'filtered_feature_bc_matrix'));
      await formats.mudata(join(folder, 'pbmc.h5mu'));
      formats.workbook(join(folder, 'clinic.xlsx'));
      files.table(join(folder, 'rest.csv'), files.measures('a', 'b', 'c'), { rows: 20 });
      manyPeople(folder, interlatent);
    },
    nodeFlags: ['--max-old-space-size=40'],
    shows: [{ of: 'readStudyParts', printed: /^(?:\d+ \[ 'a', 'b' \]\n){10}$/ }],
  },
  'docs/reference/images.md': {
    prepare: (folder) => {
      files.images(folder);
      files.scans(folder);
      files.residualWeights(join(folder, 'resnet18.safetensors'));
    },
  },
  'docs/reference/performance.md': { prepare: study },
  'docs/reference/report.md': {
    prepare: (folder, interlatent) => {
      fitted(folder, interlatent, 'runs/a', 'runs/b', 'runs/c');
      files.images(join(folder, 'fundus'), 60);
      const eye = (side: string): string =>
        `  ${side}: { images: { table: people.csv, path: ${side}, folder: photos, size: 16 }, latents: 1 }\n`;
      const study = `study: eyes\nid: id\nmodalities:\n${eye('left')}${eye('right')}${SMALL}\n`;
      files.put(join(folder, 'fundus/study.yaml'), study);
      interlatent('fit', 'fundus/study.yaml', '--out', 'runs/fundus');
    },
    shows: [
      { of: 'interlatent report', files: { 'compare.html': /<\/html>/, 'graph.json': /"edges"/ } },
      { of: 'model.report', files: { 'report.html': /<\/html>/ } },
    ],
  },
  'docs/reference/series.md': { prepare: files.wristbands },
  'docs/reference/serving.md': {
    prepare: (folder, interlatent) => {
      fitted(folder, interlatent, 'runs/heart');
    },
    changes: [['.listen(3000)', '.listen(0)']],
    nodeFlags: [],
    continuations: {
      'interlatent/serving': `${asking("('http://127.0.0.1:' + server.address().port)", '/v1', 'heart')}
  process.kill(process.pid, 'SIGTERM');`,
    },
    shows: [{ of: 'interlatent/serving', printed: /^\[\{"body":\{"z1":[-\d.]+,"z2":[-\d.]+\},"blood":/ }],
  },
  'docs/reference/study-file.md': {
    prepare: (folder) => {
      files.tablesOfStudyFile(folder);
      followUp(folder);
    },
    shows: [{ of: 'discovery:', files: { 'runs/part/variables.csv': /^SEQN,age,woman,smoking,sleep\.z1,/ } }],
  },
  'docs/tutorials/figure-for-a-paper.md': {
    prepare: firstStudyColumns,
    shows: [
      { of: 'npx interlatent figures', files: { 'figures/links.svg': /<\/svg>/, 'figures/figures.json': /"caption"/ } },
      { of: '--tiers', files: { 'figure.svg': /<\/svg>/, 'figure.json': /"exercise"/ } },
      { of: 'model.conclusions()', printed: /^body and blood /m },
    ],
  },
  'docs/tutorials/first-study.md': {
    changes: [['i <= 1000', 'i <= 200']],
    shows: [
      { of: 'npx interlatent inspect', printed: /^body +6 columns/m },
      { of: 'npx interlatent report', files: { 'report.html': /<\/html>/ } },
    ],
  },
  'docs/tutorials/images.md': {
    changes: [['i <= 500', 'i <= 100']],
    shows: [{ of: 'npx interlatent fit', files: { 'report.html': /<\/html>/ } }],
  },
  'docs/tutorials/serve-a-model.md': {
    changes: [[".listen(3000, '127.0.0.1')", ".listen(0, '127.0.0.1')"]],
    nodeFlags: [],
    continuations: {
      'createHandler({': `
  await new Promise((resolve) => server.once('listening', resolve));${asking("('http://127.0.0.1:' + server.address().port)", '', 'case1')}
  process.kill(process.pid, 'SIGTERM');`,
    },
    shows: [{ of: 'createHandler({', printed: /^\[\{"m1":\{"z1":[-\d.]+,"z2":[-\d.]+\},"m2":/m }],
  },
  'docs/tutorials/time-series.md': {
    changes: [['i < 600', 'i < 120']],
    shows: [{ of: 'npx interlatent inspect', files: { 'report.html': /<\/html>/ } }],
  },
};
