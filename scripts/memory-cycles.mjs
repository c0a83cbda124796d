// Called by scripts/memory-cycles.
/* global global */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MultimodalCausalModel, readStudy, simulate, writeSimulation } from '../dist/index.js';

const MAX_GROWTH = 0.05;
const { values, positionals } = parseArgs({ options: { json: { type: 'string' } }, allowPositionals: true });
const cycles = Number(positionals[0] ?? 10_000);
const folder = mkdtempSync(join(tmpdir(), 'interlatent-cycles-'));
try {
  const run = await fitted();
  const samples = [];
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const model = await MultimodalCausalModel.load(run);
    await model.encodeRows([typicalRow(model)]);
    await model.dispose();
    if (cycle % Math.ceil(cycles / 50) !== 0) continue;
    global.gc();
    samples.push({ cycle, resident: process.memoryUsage.rss() });
  }
  const median = (of) => of.map(({ resident }) => resident).sort((a, b) => a - b)[Math.floor(of.length / 2)];
  const [early, late] = [samples.filter(({ cycle }) => cycle > cycles / 10).slice(0, 5), samples.slice(-5)].map(median);
  const mebibytes = (bytes) => (bytes / 2 ** 20).toFixed(1);
  const growth = late / early - 1;
  console.log(
    `${cycles} cycles: ${mebibytes(early)} MiB after the first tenth, ${mebibytes(late)} MiB at the end, ` +
      `${(100 * growth).toFixed(1)} % more (at most ${100 * MAX_GROWTH} %)`,
  );
  if (values.json !== undefined) {
    const command = `scripts/memory-cycles ${cycles} --json ${values.json}`;
    const record = { command, node: process.version, cycles, early, late, growth, max: MAX_GROWTH, samples };
    writeFileSync(values.json, `${JSON.stringify(record, null, 2)}\n`);
  }
  if (growth > MAX_GROWTH) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function fitted() {
  await writeSimulation(simulate('case1', { samples: 400, test: 100 }), join(folder, 'data'));
  const study = await readStudy(join(folder, 'data/study.yaml'));
  const settings = { fit: 'joint', encoderRestarts: 1, epochs: 1, hidden: 64, batch: 64, evidence: 'none' };
  const model = await MultimodalCausalModel.fit(study, settings);
  await model.save(join(folder, 'run'));
  await model.dispose();
  return join(folder, 'run');
}

function typicalRow({ columnScales }) {
  const means = (columns) => Object.fromEntries(columns.map(({ name, mean }) => [name, mean]));
  return Object.fromEntries(columnScales.map(({ name, columns }) => [name, means(columns)]));
}
