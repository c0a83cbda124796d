// `scripts/identifiability-images` fits three simulated studies and draws the images of docs/identifiability.md: a
// component, a block, and a class of equally good models. It takes about two minutes on one core. Needs dist/.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MultimodalCausalModel, readStudy, simulate, writeSimulation } from '../dist/index.js';
import { RandomStream } from '../src/random/random-stream.js';
import { linearScale, tickText } from '../src/report/axis.js';
import { element, label, polyline, short } from '../src/report/svg.js';
import { drawing, inset, modalityClass } from '../src/report/theme.js';

const IMAGES = join(process.cwd(), 'docs/images');
const SUBJECTS = 1000;
/** The effect of body on sleep that does not pass through blood. Such a small one leaves the link open. */
const DIRECT = 0.2;
const SEED_OF_CLASS = 3;
/** Subjects of a cloud of dots. */
const SHOWN = 400;
const SIDE = 210;

type Vector = readonly number[];
interface Panel {
  readonly heading: string;
  readonly across: string;
  readonly upwards: string;
  readonly x: Vector;
  readonly y: Vector;
}

const folder = await mkdtemp(join(tmpdir(), 'identifiability-'));

/** Returns the fit of a simulated case, its estimated latents and the true ones, each as a vector over all subjects. */
async function fitted(seed: number, options: object) {
  const simulation = simulate('case1', { seed, samples: SUBJECTS, test: 100, ...options });
  const data = join(folder, `case1-${seed}`);
  await writeSimulation(simulation, data);
  const study = await readStudy(join(data, 'study.yaml'));
  const model = await MultimodalCausalModel.fit(study, { threads: 1 });
  const { conclusions } = await model.conclusions();
  const { m1 } = await model.encode(study.dataset);
  await model.dispose();
  const rows = study.dataset.ids.length;
  const width = simulation.latents * simulation.modalities.length;
  return {
    verdicts: conclusions.latents.filter(({ modality }) => modality === 'm1'),
    estimated: [0, 1].map((i) => Array.from({ length: rows }, (_, row) => m1[2 * row + i])),
    truth: [0, 1].map((i) => Array.from({ length: rows }, (_, row) => simulation.z[width * row + i])),
  };
}

const mean = (values: Vector): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function correlation(a: Vector, b: Vector): number {
  const [ma, mb] = [mean(a), mean(b)];
  const product = (x: Vector, mx: number, y: Vector, my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i] - my), 0);
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

const ranks = (values: Vector): Vector => {
  const order = [...values.keys()].sort((a, b) => values[a] - values[b]);
  const ranked = new Array<number>(values.length);
  order.forEach((row, rank) => (ranked[row] = rank));
  return ranked;
};

const spearman = (a: Vector, b: Vector): number => correlation(ranks(a), ranks(b));
const text = (value: number): string => value.toFixed(2).replace('-', '−');

/** Returns the angle whose mixture cos · a + sin · b correlates most with a vector, and the mixture. */
function bestMixture(a: Vector, b: Vector, target: Vector) {
  const scale = (values: Vector) => {
    const m = mean(values);
    const sd = Math.sqrt(mean(values.map((value) => (value - m) ** 2)));
    return values.map((value) => (value - m) / sd);
  };
  const [first, second] = [scale(a), scale(b)];
  const angles = Array.from({ length: 180 }, (_, k) => (k * Math.PI) / 180);
  const mixtures = angles.map((angle) => ({
    angle,
    values: first.map((value, i) => Math.cos(angle) * value + Math.sin(angle) * second[i]),
  }));
  return mixtures.reduce((best, one) =>
    Math.abs(correlation(one.values, target)) > Math.abs(correlation(best.values, target)) ? one : best,
  );
}

function panelAt(left: number, top: number, { heading, across, upwards, x, y }: Panel, colour: number): string {
  const range = (values: Vector): [number, number] => [Math.min(...values), Math.max(...values)];
  const [toX, toY] = [linearScale(range(x), [8, SIDE - 8], 4), linearScale(range(y), [SIDE - 8, 8], 4)];
  const picked = Array.from({ length: SHOWN }, (_, k) => Math.floor((k * x.length) / SHOWN));
  const dots = picked.map((row) => `M${short(toX.toPixel(x[row]))} ${short(toY.toPixel(y[row]))}h0`).join('');
  const small = { class: 'il-muted', 'font-size': 10 };
  return element(
    'g',
    { transform: `translate(${short(left)} ${short(top)})` },
    label(heading, { class: 'il-ink', x: 0, y: -10, 'font-size': 12.5, 'font-weight': 600 }),
    element('rect', { class: 'il-grid', x: 0, y: 0, width: SIDE, height: SIDE, rx: 3 }),
    element('path', {
      class: `il-line ${modalityClass(colour).stroke}`,
      d: dots,
      'stroke-width': 3.2,
      opacity: 0.7,
    }),
    ...toX.ticks.map((tick) =>
      label(tickText(tick), { ...small, x: toX.toPixel(tick), y: SIDE + 14, 'text-anchor': 'middle' }),
    ),
    ...toY.ticks.map((tick) =>
      label(tickText(tick), { ...small, x: -6, y: toY.toPixel(tick) + 3.5, 'text-anchor': 'end' }),
    ),
    label(across, { class: 'il-muted', x: SIDE / 2, y: SIDE + 30, 'font-size': 11, 'text-anchor': 'middle' }),
    label(upwards, {
      ...{ class: 'il-muted', 'font-size': 11, 'text-anchor': 'middle' },
      transform: `translate(-34 ${SIDE / 2}) rotate(-90)`,
    }),
  );
}

function panels(title: string, description: string, all: readonly Panel[], colour: number): string {
  const [left, gap] = [inset.left + 44, 66];
  return drawing({
    width: left + all.length * SIDE + (all.length - 1) * gap + inset.right,
    height: inset.top + 26 + SIDE + 36 + inset.bottom,
    title,
    description,
    theme: 'auto',
    body: all.map((panel, i) => panelAt(left + i * (SIDE + gap), inset.top + 26, panel, colour)),
  });
}

/** Draws the component whose estimated and true latents agree most, and the second one. */
async function drawComponent(): Promise<void> {
  const { verdicts, estimated, truth } = await fitted(3, {});
  const all = estimated.map((values, i): Panel => {
    const partner = [0, 1].reduce((a, b) =>
      Math.abs(spearman(truth[b], values)) > Math.abs(spearman(truth[a], values)) ? b : a,
    );
    const rho = spearman(truth[partner], values);
    return {
      heading: `m1.z${i + 1}: ${verdicts[i].verdict}, |ρ| ${text(Math.abs(rho))}`,
      across: `true latent ${partner + 1}`,
      upwards: 'estimated latent',
      x: truth[partner],
      y: values,
    };
  });
  const described = all.map(({ heading, across }) => `${heading} with ${across}`).join('; ');
  await write('component.svg', panels('Two components', `Estimated against true latents. ${described}.`, all, 0));
}

/** Draws a latent of a block against each true latent, and against the mixture of both that it follows most. */
async function drawBlock(): Promise<void> {
  const { verdicts, estimated, truth } = await fitted(2, { mechanism: 'linear', heteroscedastic: false });
  const [values] = estimated;
  const mixture = bestMixture(truth[0], truth[1], values);
  const of = `${text(Math.cos(mixture.angle))} · latent 1 + ${text(Math.sin(mixture.angle))} · latent 2`;
  const panelOf = (x: Vector, across: string): Panel => ({
    heading: `|ρ| ${text(Math.abs(spearman(x, values)))}`,
    across,
    upwards: 'estimated latent m1.z1',
    x,
    y: values,
  });
  const all = [
    panelOf(truth[0], 'true latent 1'),
    panelOf(truth[1], 'true latent 2'),
    panelOf(mixture.values, of.replace('+ −', '− ')),
  ];
  const described = all.map(({ heading, across }) => `${heading} with ${across}`).join('; ');
  const verdict = `Verdict on m1.z1: ${verdicts[0].verdict}.`;
  await write('block.svg', panels('One latent of a block', `${verdict} ${described}.`, all, 1));
}

const NAMES = ['body', 'blood', 'sleep'] as const;

/** Writes three tables whose latents form a chain and a weak direct link, all straight with normal noise. */
async function writeChain(seed: number): Promise<string> {
  const random = new RandomStream(seed, 0);
  const columns = 6;
  const loadings = NAMES.map(() => Array.from({ length: columns }, () => random.between(0.6, 1)));
  const rows = Array.from({ length: SUBJECTS }, (_, row) => {
    const body = random.normal();
    const blood = 0.7 * body + 0.7 * random.normal();
    const sleep = 0.6 * blood + DIRECT * body + 0.75 * random.normal();
    const cells = [body, blood, sleep].map((value, m) =>
      loadings[m].map((loading) => (loading * value + 0.4 * random.normal()).toFixed(4)),
    );
    return { id: `s${row}`, cells };
  });
  const header = ['id', ...Array.from({ length: columns }, (_, c) => `x${c + 1}`)].join(',');
  for (const [m, name] of NAMES.entries()) {
    const lines = rows.map(({ id, cells }) => [id, ...cells[m]].join(','));
    await writeFile(join(folder, `${name}.csv`), [header, ...lines, ''].join('\n'));
  }
  const modalities = NAMES.map((name) => `  ${name}: { table: ${name}.csv, latents: 1 }\n`).join('');
  const path = join(folder, 'chain.yaml');
  await writeFile(path, `study: chain\nid: id\nmodalities:\n${modalities}split: { validation: 150, test: 150 }\n`);
  return path;
}

const NODE = 46;
const STEP = 110;
/** Space between two graphs. */
const GAP = 34;

/** Draws a graph over the three latents, as a triangle. @param edges start, end, and style of each link */
function graphAt(left: number, top: number, heading: string, edges: readonly Edge[]): string {
  const places: readonly (readonly [number, number])[] = [
    [NODE / 2, 40],
    [NODE / 2 + STEP / 2, 130],
    [NODE / 2 + STEP, 40],
  ];
  return element(
    'g',
    { transform: `translate(${short(left)} ${short(top)})` },
    label(heading, { class: 'il-ink', x: 0, y: -2, 'font-size': 12.5, 'font-weight': 600 }),
    ...edges.map(({ from, to, hasArrow, isDashed }) => linkPath(places[from], places[to], { hasArrow, isDashed })),
    ...NAMES.flatMap((name, m) => [
      element('circle', { class: modalityClass(m).fill, cx: places[m][0], cy: places[m][1], r: NODE / 2 }),
      label(name, {
        ...{ class: modalityClass(m).text, 'font-size': 12, 'text-anchor': 'middle' },
        x: places[m][0],
        y: places[m][1] + 4,
      }),
    ]),
  );
}

interface Edge {
  readonly from: number;
  readonly to: number;
  readonly hasArrow: boolean;
  readonly isDashed: boolean;
}

function linkPath(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  { hasArrow, isDashed }: Pick<Edge, 'hasArrow' | 'isDashed'>,
): string {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const [ux, uy] = [(x2 - x1) / length, (y2 - y1) / length];
  const start = NODE / 2 + 4;
  const end = length - NODE / 2 - 4;
  const at = (along: number, aside = 0): readonly [number, number] => [
    x1 + ux * along - uy * aside,
    y1 + uy * along + ux * aside,
  ];
  const head = hasArrow ? polyline([at(end - 9, 5), at(end), at(end - 9, -5)]) : '';
  return element(
    'g',
    {},
    element('path', {
      class: 'il-line il-axis',
      d: polyline([at(start), at(end)]),
      'stroke-width': 2,
      'stroke-dasharray': isDashed ? '5 5' : undefined,
    }),
    element('path', { class: 'il-line il-axis', d: head, 'stroke-width': 2 }),
  );
}

/** Draws the members of the class of equally good models of a chain, and what they share. */
async function drawClass(): Promise<void> {
  const model = await MultimodalCausalModel.fit(await readStudy(await writeChain(SEED_OF_CLASS)), { threads: 1 });
  const { members, links } = model.summary.equivalence!;
  await model.dispose();
  const indexOf = (latent: string): number => NAMES.findIndex((name) => latent.startsWith(`${name}.`));
  const graphs = members.map(({ edges }, g) => ({
    heading: `graph ${g + 1}`,
    edges: edges.map(({ from, to }) => ({ from: indexOf(from), to: indexOf(to), hasArrow: true, isDashed: false })),
  }));
  const together = {
    heading: 'what the class says',
    edges: links.map(({ first, second, presence, direction, from, to }) => ({
      from: indexOf(direction === 'certain' ? from : first),
      to: indexOf(direction === 'certain' ? to : second),
      hasArrow: direction === 'certain',
      isDashed: presence === 'possible',
    })),
  };
  const all = [...graphs, together];
  const width = NODE + STEP;
  const described = links
    .map(({ first, second, presence, members: having }) => `${first} – ${second}: ${presence}, in ${having} graphs`)
    .join('; ');
  await write(
    'equivalence-class.svg',
    drawing({
      width: inset.left + all.length * width + (all.length - 1) * GAP + inset.right,
      height: inset.top + 190 + inset.bottom,
      title: 'A class of equally good models',
      description: `${members.length} graphs explain held-out subjects equally well. ${described}.`,
      theme: 'auto',
      body: [
        ...all.map(({ heading, edges }, i) => graphAt(inset.left + i * (width + GAP), inset.top + 16, heading, edges)),
        label('Line: certain link. Dashed: possible link. No line: absent. Arrowhead: certain direction.', {
          ...{ class: 'il-muted', 'font-size': 11, x: inset.left, y: inset.top + 190 },
        }),
      ],
    }),
  );
}

async function write(name: string, svg: string): Promise<void> {
  await writeFile(join(IMAGES, name), `${svg}\n`);
  const [, description] = /<desc>(.*?)<\/desc>/.exec(svg)!;
  console.log(`${name}: ${description}`);
}

try {
  await drawClass();
  await drawComponent();
  await drawBlock();
} finally {
  await rm(folder, { recursive: true, force: true });
}
