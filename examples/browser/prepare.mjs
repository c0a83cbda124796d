// Writes the page and a model of invented people: node prepare.mjs [FOLDER]
// FOLDER is the folder of the page, by default runs/browser. Any static server can serve it, such as serve.mjs.

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assemble } from './assemble.mjs';

const root = resolve(import.meta.dirname, '../..');
const page = resolve(process.argv[2] ?? join(root, 'runs/browser'));
const work = join(root, 'runs/browser-fit');
const PEOPLE = 900;
/** Number of people in the tables that the page opens. The model is fitted without them. */
const SHOWN = 200;

/** Returns a generator of uniform numbers in (0, 1), the same sequence for the same seed (mulberry32). */
function uniforms(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return (((t ^ (t >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
}

const uniform = uniforms(20_05);
const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
const round = (value, digits) => value.toFixed(digits);

/** Invented people: weight raises blood sugar and inflammation; weight and inflammation disturb sleep. */
const people = Array.from({ length: PEOPLE }, (_, i) => {
  const weight = normal();
  const vessels = 0.35 * weight + normal();
  const sugar = 0.9 * weight + 0.25 * weight ** 2 + 0.7 * normal();
  const inflammation = 0.8 * weight - 0.2 * weight ** 2 + 0.9 * normal();
  const restless = 0.7 * weight + 0.6 * inflammation + 0.8 * normal();
  const near = (value, share = 0.35) => value + share * normal();
  return {
    id: `P${String(i + 1).padStart(4, '0')}`,
    body: {
      bmi: round(26.5 + 4.3 * near(weight, 0.2), 1),
      waist_cm: round(94 + 12 * near(weight, 0.3), 0),
      body_fat_percent: round(29 + 6.5 * near(weight), 1),
      systolic: round(128 + 14 * near(vessels, 0.3), 0),
      diastolic: round(79 + 9 * near(vessels), 0),
      pulse: round(71 + 6 * near(vessels, 0.9) + 2 * weight, 0),
    },
    blood: {
      glucose: round(97 + 13 * near(sugar, 0.3), 0),
      hba1c_percent: round(5.6 + 0.45 * near(sugar, 0.3), 1),
      triglycerides: round(Math.exp(4.8 + 0.33 * near(sugar, 0.6)), 0),
      hdl: round(54 - 8 * near(sugar, 0.8), 0),
      crp: round(Math.exp(0.5 + 0.75 * near(inflammation, 0.3)), 2),
      leukocytes: round(6.9 + 1.3 * near(inflammation, 0.5), 1),
      ferritin: round(Math.exp(4.7 + 0.45 * near(inflammation, 0.7)), 0),
    },
    sleep: {
      hours: round(7.1 - 0.7 * near(restless, 0.5), 1),
      awakenings: round(Math.max(0, 4.5 + 2.2 * near(restless)), 0),
      apnoea_index: round(Math.exp(1.6 + 0.6 * near(restless, 0.3)), 1),
      lowest_spo2: round(Math.min(98, 90 - 2.6 * near(restless)), 0),
    },
    isAsleepAtHome: uniform() < 0.1,
  };
});

function csv(modality, members) {
  const columns = Object.keys(people[0][modality]);
  const rows = members.map(({ id, [modality]: values }) => [id, ...columns.map((column) => values[column])].join(','));
  return `${[['id', ...columns].join(','), ...rows].join('\n')}\n`;
}

/** Returns the tables of some people. The table of sleep lacks people who did not sleep in the laboratory. */
function tablesOf(members) {
  const slept = members.filter(({ isAsleepAtHome }) => !isAsleepAtHome);
  return { 'body.csv': csv('body', members), 'blood.csv': csv('blood', members), 'sleep.csv': csv('sleep', slept) };
}

const STUDY = `study: made-up clinic
id: id
modalities:
  body: { table: body.csv, latents: 2 }
  blood: { table: blood.csv, latents: 2, log: [triglycerides, crp, ferritin] }
  sleep: { table: sleep.csv, latents: 1, log: [apnoea_index] }
training: { hidden: 16 }
`;

const run = join(work, 'run');
if (!existsSync(join(run, 'run.json'))) {
  mkdirSync(work, { recursive: true });
  for (const [name, text] of Object.entries(tablesOf(people.slice(SHOWN)))) writeFileSync(join(work, name), text);
  writeFileSync(join(work, 'study.yaml'), STUDY);
  execFileSync(process.execPath, [join(root, 'dist/cli/main.js'), 'fit', join(work, 'study.yaml'), '--out', run], {
    stdio: 'inherit',
  });
}

assemble(page, run, tablesOf(people.slice(0, SHOWN)));
console.log(`The page is in ${page}. Serve it with any static server, or with node examples/browser/serve.mjs ${page}`);
