// The page: what is opened, and what is shown of it.

import {
  companions,
  conclusions,
  graphSvg,
  InterlatentError,
  latentsCsv,
  loadModel,
  preload,
  svgStyle,
  webGpu,
} from './interlatent/index.js';
import { cloud, strip } from './charts.js';
import { measurements } from './measurements.js';
import * as demo from './demo.js';
import { byId, element, save } from './dom.js';
import { chosenFiles, droppedFiles, sorted } from './files.js';

/** People of the table that are shown at once. */
const PAGE = 25;
/** Below so many a person is compared with those of the fit. */
const FEW = 30;

const state = {
  model: undefined,
  companions: {},
  tables: undefined,
  study: undefined,
  encoded: undefined,
  person: 0,
  page: 0,
};
const HIGH_AND_LOW =
  'High and low are not good and bad. What a factor means is said by the columns that go with it: a column with ↑ ' +
  'is higher where the factor is higher, one with ↓ is lower there.';
let stopping;

const sheet = new CSSStyleSheet();
sheet.replaceSync(svgStyle());
document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];

byId('model-folder-button').hidden = !('webkitdirectory' in document.createElement('input')) || isTouched();

/** Phones choose files and know no folders. */
function isTouched() {
  return matchMedia('(hover: none) and (pointer: coarse)').matches;
}

const number = (value, digits = 2) => value.toFixed(digits).replace('-', '−');
const withSign = (value) => (Number(value.toFixed(2)) > 0 ? `+${number(value)}` : number(value));
const counted = (count, one, many = `${one}s`) => `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
const listed = (names) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
const colourOf = (modality) => `il-f${modalities().indexOf(modality) % 8}`;
const modalities = () => state.model.columnScales.map(({ name }) => name);

/** Factors of the model, in its order. */
const allFactors = () =>
  modalities().flatMap((modality) => state.model.latentNames(modality).map((name, k) => ({ name, modality, k })));

/** Those that the tables have. */
const factors = () => allFactors().filter(({ modality }) => modality in state.encoded.latents);

function columnOf(latents, { modality, k }) {
  const width = state.model.latentNames(modality).length;
  return Array.from({ length: latents[modality].length / width }, (_, row) => latents[modality][row * width + k]);
}

const valuesOf = (factor) => columnOf(state.encoded.latents, factor);

/** Whom a factor's values are compared with: everybody, or, where those are few, people made up by the model. */
const others = (factor) =>
  state.encoded.ids.length < FEW && state.typical ? columnOf(state.typical.latents, factor) : [];

const isInferred = ({ modality }, row) => state.encoded.inferred[modality][row] === 1;

function tell(id, error) {
  byId(id).textContent = error === undefined ? '' : sentence(error);
}

function sentence(error) {
  if (error instanceof InterlatentError) return error.message;
  console.error(error);
  return `This went wrong in the page itself: ${error.message}`;
}

async function open({ model, tables, images = {}, study, unknown = [] }) {
  if (model.length > 0) await openModel(model);
  if (study) state.study = study;
  const imageCount = Object.keys(images).length;
  if (tables.length + imageCount > 0) {
    state.tables = { ...images, ...Object.fromEntries(tables.map((file) => [file.name, file])) };
    if (!study) state.study = undefined;
    const opened = [
      ...(tables.length > 0
        ? [`${counted(tables.length, 'table')}: ${tables.map(({ name }) => name).join(', ')}`]
        : []),
      ...(imageCount > 0 ? [counted(imageCount, 'image')] : []),
    ];
    byId('tables-facts').textContent = `Open: ${opened.join('; ')}`;
  }
  if (model.length + tables.length + imageCount === 0 && !study) {
    const what = unknown.length > 0 ? `${unknown.slice(0, 3).join(', ')}: neither` : 'These are neither';
    byId('model-problem').textContent =
      `${what} files of a model (run.json, model.safetensors) nor tables (.csv) or images.`;
  }
  if (state.model && state.tables) await encode();
}

async function openModel(files) {
  tell('model-problem');
  try {
    const model = await loadModel(files);
    await state.model?.dispose();
    state.model = model;
    state.typical = await typicalOf(model);
    state.encoded = undefined;
    byId('results').hidden = true;
    showModel();
  } catch (error) {
    tell('model-problem', error);
  }
}

/** People made up by the model; undefined where it cannot: then tables of many people say what factors stand for. */
async function typicalOf(model) {
  try {
    return await model.typical();
  } catch {
    return undefined;
  }
}

function showModel() {
  const { summary } = state.model;
  const { train, validation, test } = summary.subjects;
  const facts = byId('model-facts');
  facts.hidden = false;
  facts.replaceChildren(
    element(
      'p',
      {},
      element('strong', {}, summary.study),
      `, fitted to ${counted(train + validation + test, 'person', 'people')}`,
    ),
    element(
      'p',
      { class: 'modalities' },
      modalities().map((name) =>
        element(
          'span',
          { class: 'chip' },
          element('span', { class: `blob ${colourOf(name)}` }),
          `${name}: ${counted(state.model.latentNames(name).length, 'factor')}`,
        ),
      ),
    ),
    element(
      'details',
      {},
      element('summary', {}, 'What the factors go with'),
      element(
        'ul',
        { class: 'meanings' },
        allFactors().map(({ name, modality }) =>
          element(
            'li',
            {},
            element('span', { class: `blob ${colourOf(modality)}` }),
            element('strong', {}, name),
            ` ${meaning(name) || 'not known'}`,
          ),
        ),
      ),
    ),
    ...(state.model.graph
      ? []
      : [element('p', { class: 'note' }, 'graph.json is not among the files, so there is no graph.')]),
  );
  byId('model-card').classList.add('done');
  showNeeded(summary);
}

/** Which columns each table must have, and an empty table of them. */
function showNeeded({ id, columns }) {
  byId('tables-hint').textContent =
    `A CSV per kind of measurement, or one with all columns; a row per person, named in the column “${id}”. ` +
    'Empty cells are missing values.';
  const needed = byId('tables-needed');
  needed.hidden = false;
  needed.replaceChildren(
    ...columns.map((own) => {
      if (own.regularArray?.kind === 'series') {
        return element('p', { class: 'note' }, `${own.name}: series, which no page reads yet.`);
      }
      if (own.regularArray) {
        const how = `images (.png, .jpg, .webp), each called by its person: drop their folder, called ${own.name}.`;
        return element('p', { class: 'note' }, `${own.name}: ${how}`);
      }
      const names = [...new Set(own.columns.filter(({ total }) => !total).map((column) => column.of ?? column.name))];
      const button = element('button', { type: 'button', class: 'quiet' }, 'Save an empty table');
      button.addEventListener('click', () => save(`${own.name}.csv`, `${[id, ...names].join(',')}\n`, 'text/csv'));
      return element(
        'details',
        {},
        element('summary', {}, `${own.name}: ${counted(names.length, 'column')}`),
        element('p', { class: 'columns' }, names.join(', ')),
        button,
      );
    }),
  );
}

async function encode() {
  stopping?.abort();
  const stop = new AbortController();
  stopping = stop;
  tell('tables-problem');
  const progress = byId('progress');
  byId('working').hidden = false;
  const started = performance.now();
  try {
    const encoded = await state.model.encode(state.tables, {
      study: state.study,
      signal: stop.signal,
      onProgress: (done, total) => {
        progress.max = total;
        progress.value = done;
      },
    });
    if (stopping !== stop) return;
    Object.assign(state, { encoded, person: 0, page: 0 });
    byId('tables-card').classList.add('done');
    tellEncoded((performance.now() - started) / 1000);
    showResults();
    byId('results').scrollIntoView({ behavior: glide() });
  } catch (error) {
    if (stopping !== stop) return;
    if (stop.signal.aborted) byId('tables-facts').textContent = 'Stopped; nobody was encoded.';
    else tell('tables-problem', error);
  } finally {
    if (stopping === stop) byId('working').hidden = true;
  }
}

function tellEncoded(seconds) {
  const { ids, inspection, inferred, warnings } = state.encoded;
  const lines = [`${counted(ids.length, 'person', 'people')} encoded in ${number(seconds, 1)} s.`];
  for (const [modality, marks] of Object.entries(inferred)) {
    const lacking = marks.reduce((sum, one) => sum + one, 0);
    if (lacking > 0) lines.push(`${lacking} lack ${modality}; their factors of it are inferred from the rest.`);
  }
  const left = modalities().filter((name) => !(name in state.encoded.latents));
  if (left.length > 0) lines.push(`No table of ${listed(left)} was given, so nothing is said of it.`);
  const dropped = inspection.known - inspection.subjects;
  if (dropped > 0) lines.push(`${counted(dropped, 'person was', 'people were')} left out: they lack too much.`);
  byId('tables-facts').textContent = [...lines, ...warnings.map(({ text }) => text)].join(' ');
}

function showResults() {
  const { ids } = state.encoded;
  byId('results').hidden = false;
  byId('person').replaceChildren(...ids.map((id, row) => element('option', { value: row }, id)));
  for (const [id, at] of [
    ['across', 0],
    ['upwards', 1],
  ]) {
    const options = factors().map(({ name }, i) => element('option', { value: i }, name));
    byId(id).replaceChildren(...options);
    byId(id).value = String(Math.min(at === 0 ? 0 : otherModality(), options.length - 1));
  }
  state.companions = {};
  if (!state.typical && state.encoded.ids.length >= FEW) state.companions = companions(state.encoded);
  showGraph();
  showPerson(0);
  showTable();
}

/** The first factor of another modality, which is more telling beside the first one. */
const otherModality = () =>
  Math.max(
    1,
    factors().findIndex(({ modality }) => modality !== factors()[0].modality),
  );

/** `bmi ↑, hdl ↓`: what a factor stands for, in columns of its own table. */
function meaning(name) {
  const own = (state.typical?.companions ?? state.companions)[name] ?? [];
  const found = own.filter(({ modality }) => name.startsWith(`${modality}.`));
  return found
    .filter(({ rho }, i) => i === 0 || Math.abs(rho) >= 0.45)
    .slice(0, 3)
    .map(({ column, rho }) => `${column.replaceAll('_', ' ')}\u00a0${rho > 0 ? '↑' : '↓'}`)
    .join(', ');
}

function showPerson(row) {
  const { ids } = state.encoded;
  state.person = row;
  byId('person').value = String(row);
  byId('previous').disabled = row === 0;
  byId('next').disabled = row === ids.length - 1;
  const own = factors().map((factor) => ({ ...factor, values: valuesOf(factor), background: others(factor) }));
  const shares = own.map((factor) => ({ ...factor, share: shareBelow(factor, row) }));
  byId('strips').replaceChildren(...shares.map((factor) => stripOf(factor, row)));
  const unusual = shares.filter(({ share }) => share < 0.05 || share > 0.95);
  byId('person-summary').textContent =
    unusual.length === 0
      ? `${ids[row]} is like most of the others in every factor.`
      : `${ids[row]} stands out in ${listed(unusual.map(inWords))}.`;
  byId('strips-note').textContent =
    ids.length < FEW && state.typical
      ? `These are few: they are compared with people whom the model makes up after its fit (grey). ${HIGH_AND_LOW}`
      : HIGH_AND_LOW;
  showMeasurements(row);
  showScatter();
  markTable();
}

const inWords = ({ name, share }) => `${name} (${share > 0.5 ? 'high' : 'low'})`;

/** The share of people who have less of a factor. */
function shareBelow({ values, background }, row) {
  const among = background.length > 0 ? background : values.filter((_, other) => other !== row);
  return among.length === 0 ? 0.5 : among.filter((value) => value < values[row]).length / among.length;
}

function stripOf({ name, modality, values, background, share }, row) {
  const inferred = isInferred({ modality }, row);
  const place = shareText(share);
  const label = `${name} of ${state.encoded.ids[row]}: ${number(values[row])}, ${place}${inferred ? ', inferred' : ''}`;
  const goesWith = meaning(name);
  return element(
    'div',
    { class: 'factor' },
    element(
      'div',
      { class: 'factor-name' },
      element('span', { class: `blob ${colourOf(modality)}` }),
      element('strong', {}, name),
      goesWith ? element('span', { class: 'meaning' }, goesWith) : undefined,
    ),
    strip(values, { width: stripWidth(), background, chosen: row, colour: colourOf(modality), inferred, label }),
    element(
      'div',
      { class: 'place' },
      element('strong', {}, place),
      inferred ? element('span', { class: 'tag' }, 'inferred') : undefined,
    ),
  );
}

function shareText(share) {
  const percent = Math.round(100 * share);
  if (percent > 40 && percent < 60) return 'in the middle';
  if (percent >= 99) return 'among the highest 1 %';
  if (percent <= 1) return 'among the lowest 1 %';
  return percent >= 50 ? `higher than ${percent} %` : `lower than ${100 - percent} %`;
}

/** The widths that are free for drawings: text in them is then as large as elsewhere. */
const isNarrow = () => matchMedia('(max-width: 40rem)').matches;
const stripWidth = () => Math.max(240, byId('strips').clientWidth - (isNarrow() ? 0 : 420));
const cloudWidth = () => Math.max(240, Math.min(700, byId('scatter').clientWidth));

/** What was measured of a person, the most unusual first. */
function showMeasurements(row) {
  const measured = measurements(state.encoded.dataset, row);
  byId('measured').replaceChildren(
    element('thead', {}, headings(['Measured', 'Value', 'SD from mean'])),
    element(
      'tbody',
      {},
      measured.map(({ modality, column, value, deviations }) =>
        element(
          'tr',
          Math.abs(deviations) >= 2 ? { class: 'unusual' } : {},
          element(
            'th',
            { scope: 'row' },
            element('span', { class: `blob ${colourOf(modality)}` }),
            column.replaceAll('_', ' '),
          ),
          element('td', { class: 'number' }, value),
          element('td', { class: 'number' }, signed(deviations)),
        ),
      ),
    ),
  );
  byId('measured-details').hidden = measured.length === 0;
}

const signed = (value) => (Math.abs(value) < 0.05 ? '0.0' : `${value > 0 ? '+' : ''}${number(value, 1)}`);

const headings = (names) =>
  element(
    'tr',
    {},
    names.map((name) => element('th', { scope: 'col' }, name)),
  );

async function showGraph() {
  const { graph, summary } = state.model;
  const section = byId('graph').closest('section');
  section.hidden = graph === undefined;
  if (!graph) return;
  const { headline, sentences } = conclusions({ graph, summary });
  byId('verdict').replaceChildren(element('strong', {}, headline), ` ${sentences.slice(1).join(' ')}`);
  byId('graph').innerHTML = await graphSvg(graph, { theme: 'page', title: 'Causal graph between factors' });
  byId('graph-caption').textContent =
    `${counted(graph.edges.length, 'link')}; the wider, the stronger. A line has no known direction; an arrow is ` +
    'assumed or supported. A number says how one changes when the other rises: + it rises too, − it falls. ' +
    'Reach a link with the Tab key to read its strength and its direction.';
  const rows = graph.edges.map(({ from, to, strength, effect, agreement, direction }) => [
    ...[from, meaning(from), to, meaning(to)],
    direction === 'undecided' ? 'not known' : `${from} → ${to}, ${direction ?? 'not judged'}`,
    ...[effect === undefined ? '–' : withSign(effect), number(strength)],
    graph.runs > 1 ? `${Math.round(100 * agreement)} %` : '–',
  ]);
  byId('edges').replaceChildren(
    element(
      'thead',
      {},
      headings(['Factor', 'goes with', 'Linked with', 'goes with', 'Direction', 'sd per sd', 'Strength', 'Restarts']),
    ),
    element(
      'tbody',
      {},
      rows.map((cells) =>
        element(
          'tr',
          {},
          cells.map((cell, i) => element('td', i > 4 ? { class: 'number' } : {}, cell)),
        ),
      ),
    ),
  );
  byId('edges-details').hidden = rows.length === 0;
}

function showScatter() {
  const all = factors();
  const [a, b] = ['across', 'upwards'].map((id) => all[Number(byId(id).value)]);
  byId('scatter').replaceChildren(
    cloud(valuesOf(a), valuesOf(b), {
      background: [others(a), others(b)],
      width: cloudWidth(),
      names: [a, b].map(({ name }) => [name, meaning(name)].filter(Boolean).join(': ')),
      chosen: state.person,
      colour: colourOf(b.modality),
      inferred: (row) => isInferred(a, row) || isInferred(b, row),
      ids: state.encoded.ids,
      choose: showPerson,
    }),
  );
}

function showTable() {
  const { ids } = state.encoded;
  const all = factors().map((factor) => ({ ...factor, values: valuesOf(factor) }));
  const first = state.page * PAGE;
  const rows = ids.slice(first, first + PAGE).map((id, i) => {
    const row = first + i;
    const choose = element('button', { type: 'button', class: 'link' }, id);
    choose.addEventListener('click', () => {
      showPerson(row);
      byId('person-title').scrollIntoView({ behavior: glide() });
      byId('person').focus({ preventScroll: true });
    });
    return element(
      'tr',
      { 'data-row': row },
      element('th', { scope: 'row' }, choose),
      all.map((factor) =>
        element(
          'td',
          { class: 'number' },
          number(factor.values[row]),
          isInferred(factor, row) ? element('abbr', { title: 'inferred' }, '*') : undefined,
        ),
      ),
    );
  });
  byId('latents').replaceChildren(
    element('thead', {}, headings([state.model.summary.id, ...all.map(({ name }) => name)])),
    element('tbody', {}, rows),
  );
  byId('pages').hidden = ids.length <= PAGE;
  byId('earlier').disabled = first === 0;
  byId('later').disabled = first + PAGE >= ids.length;
  byId('shown').textContent = `${first + 1} to ${Math.min(first + PAGE, ids.length)} of ${ids.length}`;
  markTable();
}

function markTable() {
  for (const row of byId('latents').querySelectorAll('tr[data-row]')) {
    row.classList.toggle('current', Number(row.dataset.row) === state.person);
  }
}

byId('model-folder').addEventListener('change', ({ target }) => chosen(target));
byId('model-files').addEventListener('change', ({ target }) => chosen(target));
byId('tables-files').addEventListener('change', ({ target }) => chosen(target));

async function chosen(input) {
  const files = chosenFiles(input.files);
  // The same files may be chosen again after a correction.
  input.value = '';
  if (files.length > 0) await open(sorted(files));
}

byId('stop').addEventListener('click', () => stopping?.abort());
byId('person').addEventListener('change', ({ target }) => showPerson(Number(target.value)));
byId('previous').addEventListener('click', () => showPerson(state.person - 1));
byId('next').addEventListener('click', () => showPerson(state.person + 1));
for (const id of ['across', 'upwards']) byId(id).addEventListener('change', showScatter);
byId('earlier').addEventListener('click', () => turn(-1));
byId('later').addEventListener('click', () => turn(1));

function turn(by) {
  state.page += by;
  showTable();
}

byId('save').addEventListener('click', () => {
  save('latents.csv', latentsCsv(state.encoded, state.model.summary.id), 'text/csv');
});
byId('report').addEventListener('click', async () => {
  byId('saving').textContent = 'The report is being made …';
  byId('report').disabled = true;
  try {
    save('report.html', await state.model.report(state.tables, { study: state.study }), 'text/html');
    byId('saving').textContent = 'Saved as report.html.';
  } catch (error) {
    byId('saving').textContent = sentence(error);
  } finally {
    byId('report').disabled = false;
  }
});
async function openDemo() {
  const files = (contents) => Object.entries(contents).map(([name, content]) => new File([content], name));
  const bytes = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const model = files(Object.fromEntries(Object.entries(demo.model).map(([name, text]) => [name, bytes(text)])));
  await open({ model, tables: files(demo.tables) });
}

byId('demo').addEventListener('click', async () => {
  await openDemo();
  byId('results').focus();
});

const glide = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth');
let drawnWidth = innerWidth;
addEventListener('resize', () => {
  if (state.encoded && innerWidth !== drawnWidth) showPerson(state.person);
  drawnWidth = innerWidth;
});

let inside = 0;
const hasFiles = ({ dataTransfer }) => dataTransfer?.types.includes('Files');
addEventListener('dragenter', (event) => {
  if (!hasFiles(event)) return;
  inside++;
  byId('drop-veil').hidden = false;
});
addEventListener('dragleave', (event) => {
  if (!hasFiles(event)) return;
  inside--;
  byId('drop-veil').hidden = inside > 0 ? byId('drop-veil').hidden : true;
});
addEventListener('dragover', (event) => {
  if (hasFiles(event)) event.preventDefault();
});
addEventListener('drop', async (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  inside = 0;
  byId('drop-veil').hidden = true;
  await open(sorted(await droppedFiles(event.dataTransfer)));
});

// From here on the page asks nothing of its server, and may go offline.
await preload();
byId('offline').hidden = false;
try {
  const gpu = await webGpu();
  byId('device').textContent =
    `WebGPU is there (${gpu.description}). Encoding does without it; fitting a model in a page would use it.`;
  gpu.dispose();
} catch (error) {
  byId('device').textContent = error.message;
}
// An address that ends with #open-demo opens the demo by itself: the documentation has the page in a frame.
if (location.hash === '#open-demo') await openDemo();
document.body.classList.add('ready');
