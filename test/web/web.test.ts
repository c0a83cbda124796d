// The published files of interlatent/web, loaded in Node, which has all browser functions that they need. Numbers and
// errors are those of the library. The bundle is small and contains no code of Node.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { CauseScales } from '../../src/data/causes.js';
import { sha256 } from '../../src/files/sha256.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { describeConclusions } from '../../src/conclusions/index.js';
import { readStudy } from '../../src/study/study.js';
import type { RunSummary } from '../../src/training/run-summary.js';
import type * as Web from '../../src/web/index.js';
import { sha256 as sha256OfPages } from '../../src/web/platform/files-sha256.js';
import { plainStudy, studyOfFile } from '../../src/web/study.js';
import { matchTables, tablesOf } from '../../src/web/tables.js';
import { ACROSS, graphOf, RELATED, summaryOf } from '../fixtures/example-evidence.js';
import { scratch } from '../fixtures/scratch.js';
import { mixedRun } from '../fixtures/served-runs.js';

const DIST = join(import.meta.dirname, '../../dist/web');
const { causesSvg, companions, conclusions, graphSvg, latentsCsv, loadModel, svgStyle, simulated, verdicts, webGpu } =
  (await import(join(DIST, 'index.js'))) as typeof Web;

const ARM: CauseScales = {
  name: 'arm',
  kind: 'categorical',
  levels: ['placebo', 'drug'],
  assigned: true,
  effect: 'soft',
  terms: [{ level: 'drug' }],
};
const files = scratch();
let run: string;
let tables: Record<string, string>;
let study: string;

beforeAll(async () => {
  run = await mixedRun(files, 'mixed');
  const [clinic, sleep, yaml] = ['clinic.csv', 'sleep.csv', 'study.yaml'].map((name) =>
    readFileSync(files.file(`mixed/${name}`), 'utf8'),
  );
  tables = { 'clinic.csv': clinic, 'sleep.csv': sleep };
  study = yaml;
});

/** Returns the files of a folder in the form of an input with `webkitdirectory`. */
function folderFiles(folder: string): Web.NamedFile[] {
  return readdirSync(folder).map((name) => {
    const file = new File([readFileSync(join(folder, name))], name);
    return Object.assign(file, { webkitRelativePath: `run/${name}` });
  });
}

/** Returns the bytes of the files of the RUN folder, by name. */
function contents(): Record<string, Uint8Array> {
  return Object.fromEntries(readdirSync(run).map((name) => [name, readFileSync(join(run, name))]));
}

const refused = (promise: Promise<unknown>, code: string, message: RegExp) =>
  expect(promise).rejects.toMatchObject({
    name: 'InputError',
    code,
    message: expect.stringMatching(message) as unknown,
  });

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i])), 0);
}

describe('a model in a page', () => {
  test('gives the latents of the library, and marks inferred ones', async () => {
    await using model = await MultimodalCausalModel.load(run);
    const { dataset } = await readStudy(files.file('mixed/study.yaml'), { scales: model.columnScales });
    const expected = await model.posterior(dataset);
    const page = await loadModel(folderFiles(run));
    expect(page.graph).toEqual(model.graph);
    expect(page.history).toEqual(model.history);
    const done: number[] = [];
    const encoded = await page.encode(tables, { sd: true, onProgress: (count) => done.push(count) });
    expect(encoded.ids).toEqual(dataset.ids);
    for (const [name, { mean, sd, inferred }] of Object.entries(expected)) {
      expect(largestDifference(encoded.latents[name], mean)).toBeLessThan(1e-5);
      expect(largestDifference(encoded.sd![name], sd)).toBeLessThan(1e-5);
      expect(encoded.inferred[name]).toEqual(inferred);
    }
    expect(encoded.inferred['sleep'].reduce((sum, one) => sum + one, 0)).toBe(32);
    expect(encoded.warnings).toEqual(model.warnings(dataset));
    expect(done).toEqual([0, 160]);
    expect(page.latentNames('clinic')).toEqual(['clinic.z1', 'clinic.z2']);
  });

  test('reads tables with a study file or by their columns, Blobs, gzip, and several modalities in one', async () => {
    const page = await loadModel(contents());
    const { latents } = await page.encode(tables);
    const same = async (inputs: Web.Files, options?: Web.EncodeOptions): Promise<void> => {
      expect((await page.encode(inputs, options)).latents).toEqual(latents);
    };
    await same({ 'a/b/sleep.csv': tables['sleep.csv'], 'clinic.csv': new Blob([tables['clinic.csv']]) }, { study });
    await same({ 'visits of May.csv': tables['clinic.csv'], nights: `\uFEFF${tables['sleep.csv']}` });
    await same({
      'clinic.csv.gz': gzipSync(tables['clinic.csv']),
      'sleep.tsv': tables['sleep.csv'].replaceAll(',', '\t'),
    });
    const rows = tables['clinic.csv'].split('\n');
    const nights = new Map(
      tables['sleep.csv'].split('\n').map((line) => [line.split(',')[0], line.replace(/^\w+,/, '')]),
    );
    const both = rows.map((row) => `${row},${nights.get(row.split(',')[0]) ?? ','}`).join('\n');
    await same({ 'everything.csv': both });
  });

  test('encodes the modalities with a table', async () => {
    const page = await loadModel(contents());
    const { latents } = await page.encode(tables);
    const alone = await page.encode({ 'clinic.csv': tables['clinic.csv'] });
    expect(Object.keys(alone.latents)).toEqual(['clinic']);
    expect(largestDifference(alone.latents['clinic'], latents['clinic'])).toBe(0);
  });

  test('needs only run.json and model.safetensors to encode', async () => {
    const { 'run.json': summary, 'model.safetensors': weights } = contents();
    const page = await loadModel({ 'run.json': summary, 'model.safetensors': weights.slice().buffer });
    expect([page.graph, page.history]).toEqual([undefined, []]);
    expect(Object.keys((await page.encode(tables)).latents)).toEqual(['clinic', 'sleep']);
    await refused(page.report(), 'no-graph', /graph\.json/);
    await refused(
      loadModel({ 'run.json': summary }),
      'no-run',
      /^model\.safetensors is not among these files \(run\.json\)/,
    );
    await refused(loadModel([]), 'no-run', /^run\.json is not among these files \(no file\)/);
    await refused(
      loadModel({ 'a/run.json': summary, 'b/run.json': summary }),
      'several-runs',
      /There are 2 files run\.json/,
    );
  });

  test('refuses damaged files with the errors of the library', async () => {
    const all = contents();
    const cut = { ...all, 'model.safetensors': all['model.safetensors'].subarray(0, 1000) };
    await refused(loadModel(cut), 'damaged-file', /model\.safetensors/);
    await refused(loadModel({ ...all, 'run.json': '{' }), 'damaged-file', /^run\.json is not JSON/);
    await refused(loadModel({ ...all, 'run.json': '{"format":"x"}' }), 'damaged-file', /run\.json is damaged: format/);
    const other = Buffer.from(all['run.json'])
      .toString()
      .replace(/"fingerprint": "./, '"fingerprint": "x');
    await refused(loadModel({ ...all, 'run.json': other }), 'damaged-file', /belong to different fits/);
    await refused(
      loadModel({ ...all, 'graph.json': '[]' }),
      'damaged-file',
      /^graph\.json is not the file that run\.json/,
    );
  });

  test('refuses unsuitable tables, and names the table and the mistake', async () => {
    const page = await loadModel(contents());
    const clinic = tables['clinic.csv'];
    const encode = (table: string, name = 'clinic.csv') => page.encode({ [name]: table });
    await refused(
      page.encode({}),
      'modality-mismatch',
      /There is no table\. The model has the modalities clinic, sleep/,
    );
    await refused(encode('id,a\n1,2', 'other.csv'), 'modality-mismatch', /other\.csv is not a table of this model/);
    await refused(
      encode(clinic.replace('dose', 'dosis'), 'x.csv'),
      'modality-mismatch',
      /For the modality "clinic" it lacks dose/,
    );
    await refused(encode(clinic.replace('dose', 'dosis')), 'missing-column', /dose/);
    await refused(encode(clinic.replace('id,', 'patient,')), 'missing-column', /clinic\.csv has no column 'id'/);
    await refused(encode(clinic.replace('p1,no', 'p0,no')), 'duplicate-id', /id p0 occurs twice/);
    await refused(encode(clinic.replace('p1,no', 'p1,never')), 'unknown-level', /never/);
    await refused(encode(clinic.replace('p1,no', 'p1,no,1')), 'damaged-file', /line 3/);
    await refused(encode('id,smoker,stage,iron,dose'), 'empty-table', /no rows/);
    await refused(encode(clinic, 'clinic.xlsx'), 'unknown-format', /\.csv, \.tsv or \.txt/);
    await refused(page.encode({ 'clinic.csv.gz': clinic }), 'damaged-file', /gzip/);
    await refused(
      page.encode({ 'clinic.csv': clinic }, { study }),
      'missing-file',
      /sleep\.csv is not among these files/,
    );
  });

  test('refuses series, and tables for modalities of images', () => {
    const column = { name: 'grey', log: false, offset: 0, mean: 0, sd: 1 };
    const images = { name: 'retina', columns: [column], regularArray: { kind: 'image', height: 8, width: 8 } } as const;
    const table = { name: 'blood', columns: [{ ...column, name: 'iron' }] };
    const headers = new Map([['visit.csv', ['id', 'iron', 'grey']]]);
    expect([...matchTables(headers, [images, table])]).toEqual([['blood', 'visit.csv']]);
    expect(() => matchTables(headers, [images])).toThrow(/visit\.csv is not a table of this model, which reads images/);
    const series = { ...images, regularArray: { kind: 'series', steps: 8, seconds: 60 } } as const;
    expect(() => matchTables(headers, [series])).toThrow(/only series, which a page cannot read/);
  });

  test('can be stopped, and disposed of', async () => {
    const page = await loadModel(contents());
    const reason = new Error('enough');
    await expect(page.encode(tables, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    await page.dispose();
    await expect(page.encode(tables)).rejects.toMatchObject({ code: 'disposed' });
    expect(page.graph!.nodes).toHaveLength(3);
  });

  test('makes the report of the command line, without the effects of intervening', async () => {
    const page = await loadModel(contents());
    const html = await page.report(tables);
    expect(html).toMatch(/^<!doctype html>/);
    await using model = await MultimodalCausalModel.load(run);
    const written = await model.report({
      study: await readStudy(files.file('mixed/study.yaml'), { scales: model.columnScales }),
    });
    const headings = (text: string) => [...text.matchAll(/<h2[^>]*>(.*?)<\/h2>/g)].map(([, heading]) => heading);
    expect(headings(html)).toEqual(headings(written));
    expect(html.length).toBeGreaterThan(0.8 * written.length);
  });
});

describe('results in a page', () => {
  test('latents are saved as the table of the command line', async () => {
    const page = await loadModel(contents());
    const encoded = await page.encode(tables);
    const [header, first, ...rest] = latentsCsv(encoded, page.summary.id).trim().split('\n');
    expect(header).toBe('id,clinic.z1,clinic.z2,sleep.z1,clinic.inferred,sleep.inferred');
    expect(rest).toHaveLength(159);
    const cells = first.split(',');
    expect(cells[0]).toBe('p0');
    expect(cells.slice(4)).toEqual(['0', '1']);
    expect(Math.fround(Number(cells[2]))).toBe(encoded.latents['clinic'][1]);
  });

  test('the columns that correlate with a latent are sorted by correlation', async () => {
    const page = await loadModel(contents());
    const columns = companions(await page.encode(tables));
    expect(Object.keys(columns)).toEqual(['clinic.z1', 'clinic.z2', 'sleep.z1']);
    const closest = columns['sleep.z1'].map(({ rho }) => Math.abs(rho));
    expect(columns['sleep.z1'][0].modality).toBe('sleep');
    expect(closest).toEqual([...closest].sort((a, b) => b - a));
    const few = { 'sleep.csv': tables['sleep.csv'].split('\n').slice(0, 5).join('\n') };
    const encoded = await page.encode(few);
    expect(() => companions(encoded)).toThrow(/4 subjects are too few for correlations/);
  });

  test('people drawn from the model show the columns and the range of a latent without a table', async () => {
    const page = await loadModel(contents());
    const { latents, companions: correlated } = await page.typical(200);
    expect(Object.entries(latents).map(([name, { length }]) => [name, length])).toEqual([
      ['clinic', 400],
      ['sleep', 200],
    ]);
    expect(Object.keys(correlated)).toEqual(['clinic.z1', 'clinic.z2', 'sleep.z1']);
    // Only columns of its modality: correlations with other modalities must not come from drawn people.
    const columns = ['hours', 'snore'];
    expect(correlated['sleep.z1'].map(({ column }) => column).sort()).toEqual(columns);
    const closest = correlated['sleep.z1'].map(({ rho }) => Math.abs(rho));
    expect(closest).toEqual([...closest].sort((a, b) => b - a));
    const { mean, sd } = page.summary.ranges.latents[2];
    const average = latents['sleep'].reduce((sum, value) => sum + value, 0) / 200;
    expect(Math.abs(average - mean)).toBeLessThan(sd);
    expect((await page.typical(200)).latents).toEqual(latents);
  });

  test('the graph is laid out without Graphviz, with every latent and arrow inside of the drawing', async () => {
    const modalities = ['a', 'b', 'c'];
    const nodes = modalities.flatMap((modality) =>
      [0, 1, 2].map((index) => ({ name: `${modality}.z${index + 1}`, modality, index })),
    );
    const edge = (from: string, to: string) => ({ from, to, strength: 0.5, agreement: 1 });
    const edges = [edge('a.z1', 'b.z2'), edge('a.z3', 'c.z3'), edge('a.z1', 'c.z1'), edge('b.z1', 'b.z3')];
    const strengths = new Float64Array(81);
    const svg = await graphSvg({ nodes, edges, strengths, runs: 1 }, { theme: 'page' });
    const [x, y, width, height] = /viewBox="([^"]+)"/.exec(svg)![1].split(' ').map(Number);
    expect([...svg.matchAll(/<circle/g)]).toHaveLength(9);
    expect([...svg.matchAll(/class="il-edge"/g)]).toHaveLength(4);
    const [, shift] = /translate\(([^)]+)\)/.exec(svg)!;
    const [dx, dy] = shift.split(' ').map(Number);
    for (const [, path] of svg.matchAll(/ d="([^"]+)"/g)) {
      const numbers = path.match(/-?[\d.]+/g)!.map(Number);
      numbers.forEach((value, i) => {
        const [min, size, moved] = i % 2 === 0 ? [x, width, value + dx] : [y, height, value + dy];
        expect(moved).toBeGreaterThanOrEqual(min);
        expect(moved).toBeLessThanOrEqual(min + size);
      });
    }
    expect(svg).not.toMatch(/<style|style="/);
    expect(svgStyle()).toMatch(/--m0:.*\.il-page/s);
  });

  test('supported effects of observed causes are drawn; a model without causes has no drawing', async () => {
    const page = await loadModel(contents());
    expect(await causesSvg({ graph: page.graph!, summary: page.summary })).toBeUndefined();
    const effect = (level: string, latent: string, verdict: 'supported' | 'undecided') => ({
      ...{ cause: 'arm', level, latent, units: 80, p: 1e-9, q: 1e-8, verdict },
      effect: { estimate: -1.1, lower: -1.3, upper: -0.9, lower90: -1.25, upper90: -0.95 },
    });
    const effects = [effect('drug', 'blood.z1', 'supported'), effect('dose', 'sleep.z1', 'undecided')];
    const summary = { ...summaryOf({ ...RELATED, causes: { effects, blocks: [] } }), causes: [ARM] };
    const svg = (await causesSvg({ graph: graphOf([ACROSS]), summary }, { title: 'Arms', width: 342 }))!;
    expect(svg).toMatch(/^<svg [^>]*width="342"/);
    expect(svg).toContain('aria-label="Arms"');
    expect(svg).toContain('drug: blood.z1: −1.10 (−1.30 to −0.90), effect supported.');
    expect(svg).not.toMatch(/sleep\.z1|<style|style="/);
  });

  test('observed causes are read with a study file, or from a column with their name', async () => {
    const { columnScales: scales } = await loadModel(contents());
    const arms = 'id,arm\np0,drug\np1,placebo\np2,a level that the fit left out\n';
    const withArms = { ...tables, 'arms.csv': arms };
    const sources = (texts: Record<string, string>) => ({
      tables: tablesOf(Object.entries(texts).map(([name, content]) => ({ path: name, name, content }))),
    });
    const model = { study: 'mixed', id: 'id', scales, causes: [ARM] };
    const byColumn = await plainStudy(sources(withArms), model);
    expect(byColumn.dataset.ids).toHaveLength(160);
    expect([...byColumn.dataset.causes![0].values.subarray(0, 4)]).toEqual([1, 0, NaN, NaN]);
    const arm = '{ table: arms.csv, column: arm, kind: categorical, assigned: true, reference: placebo }';
    const file = `${study}\ncauses:\n  arm: ${arm}\n`;
    const byFile = await studyOfFile(sources(withArms), file, model);
    expect(byFile.dataset.causes).toEqual(byColumn.dataset.causes);
    for (const unknown of [
      await plainStudy(sources(tables), model),
      await studyOfFile(sources(tables), study, model),
    ]) {
      expect(unknown.dataset.causes).toBeUndefined();
    }
  });

  test('conclusions are those of the library; a browser without WebGPU gets an error', async () => {
    const page = await loadModel(contents());
    const { graph, summary } = page;
    expect(conclusions({ graph: graph!, summary })).toEqual(describeConclusions({ graph: graph!, summary }));
    expect(conclusions({ graph: graph!, summary }).headline).toMatch(/^Not tested/);
    await expect(webGpu()).rejects.toMatchObject({
      name: 'DeviceError',
      code: 'no-webgpu',
      message: expect.stringMatching(/^This browser has no WebGPU\. Encoding works without it/) as unknown,
    });
  });

  test('verdicts are those of the report: on latents, links of blocks, and equally good graphs', async () => {
    const related = { ...RELATED, unsupported: [] };
    const mixed = related.latents.map((one) => ({ ...one, agreement: 0.5, single: !one.name.startsWith('blood') }));
    const base = summaryOf({ ...related, latents: mixed });
    const ends = { from: 'blood.z1', to: 'sleep.z1' };
    const summary: RunSummary = {
      ...base,
      equivalence: {
        subjects: 60,
        compared: 8,
        orders: 2,
        chosen: { difference: 0, standardError: 0, isMember: true },
        members: [1, 2].map(() => ({ source: 'restart', fits: 1, difference: 0, standardError: 0, edges: [ends] })),
        links: [
          {
            ...{ first: 'blood.z1', second: 'sleep.z1', presence: 'certain', members: 2, blocks: 2 },
            ...{ ...ends, along: 1, direction: 'possible' },
          },
        ],
      },
    };
    const judged = verdicts({ graph: graphOf([ACROSS]), summary });
    expect(judged.latents.map(({ name, verdict, unit }) => [name, verdict, unit])).toEqual([
      ['blood.z1', 'block', 'blood.z1|z2'],
      ['blood.z2', 'block', 'blood.z1|z2'],
      ['sleep.z1', 'component', 'sleep.z1'],
      ['eyes & <ears>.z1', 'block', 'eyes & <ears>.z1'],
    ]);
    expect(judged.latents[0].text).toMatch(/^blood\.z1 is identified only up to a mixture with blood\.z2: /);
    expect(judged.links).toEqual([
      {
        ...{ first: 'blood.z1|z2', second: 'sleep.z1', verdict: 'supported', agreement: 0.25 },
        direction: 'not known',
        graphs: 'all 2 (2 of mixed latents), from blood.z1|z2 in 1 of 2',
      },
    ]);
    expect(judged.equivalence!.text).toMatch(/^2 graphs explain 60 held-out subjects equally well/);
    expect(await graphSvg(judged.graph!)).toContain('Outlined group');
    expect(verdicts({ graph: graphOf([ACROSS]), summary: summaryOf(undefined) })).toMatchObject({
      graph: undefined,
      links: [],
    });
  });

  test('a simulated study has the files of the command line', async () => {
    const options = { samples: 200, test: 20, missingCells: 0.1 };
    const simulation = await simulated('case1', options);
    const paths = await writeSimulation(simulate('case1', options), files.file('simulated'));
    const written = paths.filter((path) => /\.(csv|yaml)$/.test(path));
    expect(Object.keys(simulation)).toEqual(written.map((path) => path.replace(/.*\//, '')));
    for (const [i, path] of written.entries()) expect(Object.values(simulation)[i]).toBe(readFileSync(path, 'utf8'));
  });

  test('a saved model is the same after it is loaded', async () => {
    const page = await loadModel(contents());
    const saved = await page.files();
    expect(Object.keys(saved)).toEqual(['model.safetensors', 'graph.json', 'metrics.jsonl', 'run.json']);
    const files = { ...saved };
    delete files['run.json'];
    for (const [name, bytes] of Object.entries(files)) {
      expect({ name, same: Buffer.from(bytes).equals(readFileSync(join(run, name))) }).toEqual({ name, same: true });
    }
    // The saved run.json lists only existing files: a page does not get the ids of people.
    const summary = JSON.parse(readFileSync(join(run, 'run.json'), 'utf8')) as { files: object };
    const { 'subjects.json': _, ...listed } = summary.files as Record<string, string>;
    expect(JSON.parse(Buffer.from(saved['run.json']).toString())).toEqual({ ...summary, files: listed });
    const again = await loadModel(saved);
    expect(again.summary).toEqual(page.summary);
  });
});

describe('the bundle', () => {
  const paths = readdirSync(DIST, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'));
  const textOf = (path: string) => readFileSync(join(DIST, path), 'utf8');

  /** Returns the chunks that an entry imports statically. */
  function closure(entry: string): string[] {
    const chunks = new Set([entry]);
    for (const path of chunks) {
      const imports = textOf(path).matchAll(/(?:\bfrom|\bimport)\s?"(\.[^"]+)"/g);
      for (const [, name] of imports) chunks.add(join(dirname(path), name));
    }
    return [...chunks];
  }

  test('has at most 250 kB of gzipped code without the report and the reader of study files', () => {
    const bytes = closure('index.js').map((path) => gzipSync(textOf(path)).length);
    expect(bytes.length).toBeGreaterThan(3);
    expect(bytes.reduce((sum, size) => sum + size)).toBeLessThan(250_000);
  });

  test.each([
    ['functions of Node', /["'`]node:|\bprocess\.[a-z]|\b(?:new )?Buffer[.(]|\brequire\(|createRequire|__dirname/],
    ['evaluation of text', /\beval\(|new Function\(|\bFunction\("/],
    [
      'network requests',
      /\bfetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts|https?:\/\/(?!\[|www\.w3\.org|json-schema\.org)/,
    ],
    ['WebAssembly', /\bWebAssembly\b/],
    ['symbols that Safari lacks', /(?<!")Symbol\.(?:asyncDispose|dispose)\b/],
  ])('contains no %s', (_, pattern) => {
    const matches = paths.flatMap((path) => {
      const text = textOf(path);
      return [...text.matchAll(new RegExp(pattern, 'g'))].map(
        ({ index }) => `${path}: ${text.slice(index - 30, index + 50)}`,
      );
    });
    expect(matches).toEqual([]);
  });

  test('is removed by a bundler if a program does not use it', async () => {
    const stdin = { contents: "import { InputError } from './index.js'; console.log(InputError)", resolveDir: DIST };
    const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', minify: true, write: false });
    expect(outputFiles[0].contents.length).toBeLessThan(20_000);
  });

  test.each([0, 1, 55, 56, 63, 64, 65, 1000])('has a SHA-256 that agrees with Node: %d bytes', (length) => {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37) % 251);
    const [page, node] = [sha256OfPages(), sha256()];
    for (const hash of [page, node]) {
      hash.update(bytes.subarray(0, length / 3));
      hash.update(bytes.subarray(length / 3));
      hash.update('äö');
    }
    expect(page.digest('hex')).toBe(node.digest('hex'));
  });
});
