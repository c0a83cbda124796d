// The page's side: asks the server's routes, shows what it answers.
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

/** Does what a form's event asks for, and shows the answer beside the form; or what went wrong, and in which field. */
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
  // Wide tables scroll, by keys too.
  answer.tabIndex = answer.hasChildNodes() ? 0 : -1;
};

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** Decimals that stand below each other, or as many digits. */
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

/** A modality's column as a field: levels to choose from, or a number with a typical one filled in. */
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

/** What is no number is sent as it is: the server says where it stands. */
function valueOf(text, { levels }) {
  if (text.trim() === '') return null;
  return levels || Number.isNaN(Number(text)) ? text : Number(text);
}

/** A row with what is given; modalities without a value are left out. */
function rowOf(read) {
  const entries = model.modalities.map(({ name, columns }) => [
    name,
    Object.fromEntries(columns.map((column) => [column.name, valueOf(read(`${name}.${column.name}`), column)])),
  ]);
  return Object.fromEntries(entries.filter(([, own]) => Object.values(own).some((value) => value !== null)));
}

/** @throws Error where the form is empty */
function filledIn() {
  const row = rowOf((id) => at(id).value);
  if (Object.keys(row).length === 0) throw new Error('Every field is empty; fill in at least one.');
  return row;
}

/** Latents and how unsure the model is of them, in the order of their names; undefined where there is none. */
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
  const rows = latentNames().map((name, z) => [name, values[z] ?? 'no value of it', sds[z] ?? '']);
  return [
    table('Latents of the subject', ['latent', 'value', 'sd'], rows),
    note('sd: how unsure the model is of the value, in the unit of the latent.'),
  ];
}

async function impute() {
  const { cells, warnings } = await askModel('impute', { rows: [filledIn()] });
  if (cells.length === 0) return [note('Nothing is empty. Clear a field, and ask again.')];
  const rows = cells.map(({ modality, column, mean, low, high }) => [`${modality}.${column}`, mean, low, high]);
  return [table('What is empty, with 90 % intervals', ['column', 'mean', 'from', 'to'], rows), ...notes(warnings)];
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
  const head = ['what', 'before', 'after', 'change, sd', '±2 sd'];
  return [
    ...notes(warnings),
    note('Means of the population, and how far they move in standard deviations.'),
    table('Latents that change', head, of('latent')),
    table('Columns that change, the most first', head, of('column')),
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
  if (unknown.length > 0) throw new Error(`The model has no column ${unknown.join(', ')}; it has ${known.join(', ')}.`);
  if (lines.length === 0) throw new Error('The file has a header and no subjects.');
  const cells = lines.map((line) => line.split(','));
  const odd = cells.findIndex((own) => own.length !== names.length);
  if (odd >= 0) {
    const { length } = cells[odd];
    throw new Error(`Line ${odd + 2} has ${length} cells, the header ${names.length}; no cell may have a comma.`);
  }
  const encoded = await encode(cells.map((own) => rowOf((name) => own[names.indexOf(name)] ?? '')));
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
const told = (work) => () => work().catch((error) => at('about').replaceChildren(note(error.message)));

at('model').addEventListener('change', told(showModel));
at('save').addEventListener('click', save);
at('subject').addEventListener(
  'submit',
  answering('subject', ({ submitter }) => (submitter?.id === 'impute' ? impute() : encodeSubject())),
);
at('subjects').addEventListener('submit', answering('subjects', encodeFile));
at('intervention').addEventListener('submit', answering('intervention', intervene));
await told(start)();
