// The page's side: asks the server's routes, shows what it answers.
/* global document, fetch, Event */

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
  throw new Error(answer.error.message);
}

/** Does what an event asks for, and says what went wrong. */
const handled = (work) => async (event) => {
  event.preventDefault();
  at('problem').textContent = '';
  try {
    await work();
  } catch (error) {
    at('problem').textContent = error.message;
  }
};

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

function table(caption, head, rows) {
  const cell = (value) =>
    typeof value === 'number'
      ? element('td', { className: 'number', textContent: Number(value.toPrecision(4)) })
      : element('td', { textContent: value });
  return element(
    'table',
    {},
    element('caption', { textContent: caption }),
    element('thead', {}, element('tr', {}, ...head.map((one) => element('th', { scope: 'col', textContent: one })))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
  );
}

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

async function showModel() {
  model = await ask(`/models/${encodeURIComponent(at('model').value)}`);
  const fieldsets = model.modalities.map((modality) => {
    const fields = modality.columns.map((column) => field(modality, column));
    const grid = element('div', { className: 'columns' }, ...fields);
    return element('fieldset', { name: modality.name }, element('legend', { textContent: modality.name }), grid);
  });
  at('modalities').replaceChildren(...fieldsets);
  const latents = model.modalities.flatMap((modality) => modality.latents);
  at('latent').replaceChildren(...latents.map((name) => element('option', { value: name, textContent: name })));
  at('answer').replaceChildren();
  at('consequences').replaceChildren();
}

const valueOf = (text, { levels }) => (text === '' ? null : levels ? text : Number(text));

/** A row with what is given; modalities without a value are left out. */
function rowOf(read) {
  const entries = model.modalities.map(({ name, columns }) => [
    name,
    Object.fromEntries(columns.map((column) => [column.name, valueOf(read(name, column.name), column)])),
  ]);
  return Object.fromEntries(entries.filter(([, own]) => Object.values(own).some((value) => value !== null)));
}

const filledIn = () => rowOf((modality, column) => at(`${modality}.${column}`).value);

async function encode(rows) {
  const path = `/models/${encodeURIComponent(model.name)}/encode`;
  const { latents, sd } = await ask(path, { rows, partial: true, posterior: true });
  const names = model.modalities.flatMap((modality) => modality.latents);
  const find = (of, row, name) => {
    const [modality, z] = name.split(/\.(?=z\d+$)/);
    return of[row][modality]?.[z] ?? '';
  };
  const made =
    rows.length === 1
      ? table(
          'Latents of the subject',
          ['latent', 'value', 'sd'],
          names.map((name) => [name, find(latents, 0, name), find(sd, 0, name)]),
        )
      : table(
          `Latents of ${rows.length} subjects`,
          ['row', ...names],
          rows.map((_, row) => [row + 1, ...names.map((name) => find(latents, row, name))]),
        );
  at('answer').replaceChildren(made);
}

async function impute() {
  const path = `/models/${encodeURIComponent(model.name)}/impute`;
  const { cells } = await ask(path, { rows: [filledIn()] });
  const rows = cells.map(({ modality, column, mean, low, high }) => [`${modality}.${column}`, mean, low, high]);
  at('answer').replaceChildren(table('What is empty, with 90 % intervals', ['column', 'mean', 'from', 'to'], rows));
}

async function intervene() {
  const set = { [at('latent').value]: { sd: at('deviations').valueAsNumber } };
  const { consequences } = await ask(`/models/${encodeURIComponent(model.name)}/intervene`, { set });
  const rows = consequences.map(({ name, before, after, effect }) => [name, before.mean, after.mean, effect.mean]);
  at('consequences').replaceChildren(
    table('Population means, without and with', ['what', 'before', 'after', 'effect'], rows),
  );
}

async function encodeFile() {
  const [file] = at('csv').files;
  const [head, ...lines] = (await file.text()).trim().split(/\r?\n/);
  const names = head.split(',');
  const rows = lines.map((line) => {
    const cells = line.split(',');
    return rowOf((modality, column) => cells[names.indexOf(`${modality}.${column}`)] ?? '');
  });
  await encode(rows);
}

at('model').addEventListener('change', handled(showModel));
at('subject').addEventListener(
  'submit',
  handled(() => encode([filledIn()])),
);
at('impute').addEventListener('click', handled(impute));
at('intervention').addEventListener('submit', handled(intervene));
at('csv').addEventListener('change', handled(encodeFile));

const start = handled(async () => {
  const { models } = await ask('/models');
  at('model').replaceChildren(...models.map(({ name }) => element('option', { value: name, textContent: name })));
  await showModel();
});
await start(new Event('load'));
