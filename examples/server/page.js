// The script of the page: calls the server's routes and shows the answers.
/* global document, fetch, Blob */

const at = (id) => document.getElementById(id);
let model;

async function ask(path, body) {
  const options = body && {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(`/v1${path}`, options);
  const answer = await response.json();
  if (response.ok) return answer;
  throw Object.assign(new Error(answer.error.message), { path: answer.error.path });
}
const askModel = (question, body) => ask(`/models/${encodeURIComponent(model.name)}/${question}`, body);

/** Returns a listener that calls `work` for a form and shows its answer, or the error and the field that caused it. */
const answering = (form, work) => async (event) => {
  event.preventDefault();
  const problem = at(`${form}-problem`);
  const answer = at(`${form}-answer`);
  problem.textContent = '';
  for (const field of document.querySelectorAll('[aria-invalid]')) field.removeAttribute('aria-invalid');
  try {
    answer.replaceChildren(...(await work(event)));
  } catch (error) {
    answer.replaceChildren();
    problem.textContent = form === 'subject' ? error.message.replaceAll('rows[0].', '') : error.message;
    const field = form === 'subject' && at((error.path ?? '').replace(/^rows\[0\]\./, ''));
    field?.setAttribute?.('aria-invalid', 'true');
    field?.focus?.();
  }
  // Wide tables can be scrolled with the keyboard too.
  answer.tabIndex = answer.hasChildNodes() ? 0 : -1;
};

function element(name, properties = {}, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children);
  return node;
}

/** Formats a number with three decimals, which align in a table, or with three digits if it is very small or large. */
function shown(value) {
  const size = Math.abs(value);
  return size === 0 || (size >= 0.001 && size < 1000) ? value.toFixed(3) : value.toPrecision(3);
}

/** @param rows texts, numbers and elements */
function table(caption, head, rows) {
  const className = (column) => (rows.some((row) => typeof row[column] === 'number') ? 'number' : '');
  const cell = (value, column) =>
    element('td', { className: className(column) }, typeof value === 'number' ? shown(value) : value);
  const title = (text, column) => element('th', { scope: 'col', className: className(column), textContent: text });
  return element(
    'table',
    {},
    element('caption', { textContent: caption }),
    element('thead', {}, element('tr', {}, ...head.map(title))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
  );
}

const note = (textContent) => element('p', { textContent });
const notes = (warnings) => warnings.map(({ text }) => note(`Be careful: ${text}`));

/** Creates a field for a column: a choice of levels, or a number, which begins with the mean. */
function field(modality, { name, levels, mean, log }) {
  const named = { name, id: `${modality.name}.${name}` };
  const empty = element('option', { value: '', textContent: 'missing' });
  const typical = mean === undefined ? '' : Number((log ? Math.exp(mean) : mean).toPrecision(3));
  const input = levels
    ? element('select', named, empty, ...levels.map((level) => element('option', { value: level, textContent: level })))
    : element('input', { ...named, type: 'number', step: 'any', value: typical });
  return element('label', {}, name, input);
}

const latentNames = () => model.modalities.flatMap((modality) => modality.latents);

function about({ sentences }) {
  const parts = model.modalities.map(({ name, columns, latents }) => {
    return `${name} (${columns.length} columns, latents ${latents.join(', ')})`;
  });
  return [
    note(
      `Study ${model.study}, fitted on ${model.fittedSubjects.toLocaleString('en')} subjects. ` +
        `Its modalities: ${parts.join('; ')}.`,
    ),
    note(sentences.join(' ')),
  ];
}

async function showModel() {
  const path = `/models/${encodeURIComponent(at('model').value)}`;
  model = await ask(path);
  at('about').replaceChildren(...about(await ask(`${path}/conclusions`)));
  const fieldsets = model.modalities.map((modality) => {
    const fields = modality.columns.map((column) => field(modality, column));
    const grid = element('div', { className: 'columns' }, ...fields);
    return element('fieldset', { name: modality.name }, element('legend', { textContent: modality.name }), grid);
  });
  at('modalities').replaceChildren(...fieldsets);
  at('latent').replaceChildren(...latentNames().map((name) => element('option', { value: name, textContent: name })));
  for (const form of ['subject', 'subjects', 'intervention']) {
    at(`${form}-answer`).replaceChildren();
    at(`${form}-problem`).textContent = '';
  }
}

/** Returns the value of a field. Text that is not a number stays text, and the server reports its place. */
function valueOf(text, { levels }) {
  if (text.trim() === '') return null;
  return levels || Number.isNaN(Number(text)) ? text : Number(text);
}

/** Returns a row of the values that `read` returns. Modalities without a value are left out. */
function rowOf(read) {
  const entries = model.modalities.map(({ name, columns }) => [
    name,
    Object.fromEntries(columns.map((column) => [column.name, valueOf(read(`${name}.${column.name}`), column)])),
  ]);
  return Object.fromEntries(entries.filter(([, columns]) => Object.values(columns).some((value) => value !== null)));
}

/**
 * Returns the row of the form.
 * @throws Error if the form is empty
 */
function filledIn() {
  const row = rowOf((id) => at(id).value);
  if (Object.keys(row).length === 0) throw new Error('Every field is empty. Fill in at least one.');
  return row;
}

/** Returns latents and their standard deviations in the order of their names; undefined if a modality is missing. */
async function encode(rows) {
  const { latents, sd } = await askModel('encode', { rows, partial: true, posterior: true });
  const inOrder = (of) =>
    latentNames().map((name) => {
      const [modality, z] = name.split(/\.(?=z\d+$)/);
      return of[modality]?.[z];
    });
  return rows.map((_, row) => ({ values: inOrder(latents[row]), sds: inOrder(sd[row]) }));
}

async function encodeSubject() {
  const [{ values, sds }] = await encode([filledIn()]);
  const rows = latentNames().map((name, z) => [name, values[z] ?? 'no value', sds[z] ?? '']);
  return [
    table('Latents of the subject', ['latent', 'value', 'sd'], rows),
    note('sd: uncertainty of the value, as a standard deviation in the unit of the latent.'),
  ];
}

async function impute() {
  const { cells, warnings } = await askModel('impute', { rows: [filledIn()] });
  if (cells.length === 0) return [note('Nothing is empty. Clear a field and try again.')];
  const rows = cells.map(({ modality, column, mean, low, high }) => [`${modality}.${column}`, mean, low, high]);
  return [table('Imputed fields with 90 % intervals', ['column', 'mean', 'from', 'to'], rows), ...notes(warnings)];
}

function bar(deviations) {
  const share = Math.min(1, Math.abs(deviations) / 2) * 50;
  const inner = element('span', { className: deviations < 0 ? 'less' : '' });
  inner.style.width = `${share}%`;
  inner.style.left = `${deviations < 0 ? 50 - share : 50}%`;
  return element('div', { className: 'bar' }, inner);
}

async function intervene() {
  const set = { [at('latent').value]: { sd: at('deviations').valueAsNumber } };
  const [assumeOrder, untested] = ['assume-order', 'untested'].map((id) => at(id).checked);
  const { consequences, warnings } = await askModel('intervene', { set, assumeOrder, untested });
  const of = (kind) =>
    consequences
      .filter((one) => one.kind === kind)
      .map(({ name, before, after, effect }) => ({ name, before, after, inSd: effect.mean / (before.sd || 1) }))
      .sort((a, b) => Math.abs(b.inSd) - Math.abs(a.inSd))
      .map(({ name, before, after, inSd }) => [name, before.mean, after.mean, inSd, bar(inSd)]);
  const head = ['name', 'before', 'after', 'change, sd', '±2 sd'];
  return [
    ...notes(warnings),
    note('Means of the population, and their changes in standard deviations.'),
    table('Latents that change', head, of('latent')),
    table('Columns that change, the largest changes first', head, of('column')),
  ];
}

const csvOf = (rows) => rows.map((row) => row.join(',')).join('\n') + '\n';

function save() {
  const fields = [...at('modalities').querySelectorAll('input, select')];
  const text = csvOf([
    ['id', ...fields.map(({ id }) => id)],
    ['subject', ...fields.map(({ value }) => value)],
  ]);
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  element('a', { href: url, download: `${model.name}.csv` }).click();
  URL.revokeObjectURL(url);
}

async function encodeFile() {
  const [file] = at('csv').files;
  const [head, ...lines] = (await file.text()).trim().split(/\r?\n/);
  const names = head.split(',');
  const known = model.modalities.flatMap(({ name, columns }) => columns.map((column) => `${name}.${column.name}`));
  const unknown = names.filter((name) => name !== 'id' && !known.includes(name));
  if (unknown.length > 0) {
    throw new Error(`The model has no column ${unknown.join(', ')}. Its columns are ${known.join(', ')}.`);
  }
  if (lines.length === 0) throw new Error('The file has a header and no subjects.');
  const cells = lines.map((line) => line.split(','));
  const odd = cells.findIndex(({ length }) => length !== names.length);
  if (odd >= 0) {
    const { length } = cells[odd];
    throw new Error(
      `Line ${odd + 2} has ${length} cells, but the header has ${names.length}. Cells must not contain commas.`,
    );
  }
  const encoded = await encode(cells.map((line) => rowOf((name) => line[names.indexOf(name)] ?? '')));
  const rows = encoded.map(({ values }, row) => [
    cells[row][names.indexOf('id')] ?? String(row + 1),
    ...values.map((value) => value ?? ''),
  ]);
  return [table(`Latents of ${rows.length} subjects`, ['subject', ...latentNames()], rows)];
}

const start = async () => {
  const { models } = await ask('/models');
  at('model').replaceChildren(...models.map(({ name }) => element('option', { value: name, textContent: name })));
  await showModel();
};
/** Returns a function that calls `work` and shows its error above the forms. */
const reporting = (work) => () => work().catch((error) => at('about').replaceChildren(note(error.message)));

at('model').addEventListener('change', reporting(showModel));
at('save').addEventListener('click', save);
at('subject').addEventListener(
  'submit',
  answering('subject', ({ submitter }) => (submitter?.id === 'impute' ? impute() : encodeSubject())),
);
at('subjects').addEventListener('submit', answering('subjects', encodeFile));
at('intervention').addEventListener('submit', answering('intervention', intervene));
await reporting(start)();
