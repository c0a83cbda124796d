// Questions about observed causes, with a hand-made linear model whose answers are known: levels, differences of
// levels, doses, combinations, refusals, counterfactuals and new subjects.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { termsAt, type CauseScales } from '../../src/data/causes.js';
import { directionText } from '../../src/conclusions/index.js';
import type { ModalityScales } from '../../src/data/dataset.js';
import { readTable } from '../../src/files/read-table.js';
import { MultimodalCausalModel } from '../../src/model/multimodal-causal-model.js';
import { CAUSE_GATES, CAUSE_MARGINAL, CAUSE_SHIFT, CAUSE_WEIGHT } from '../../src/networks/cause-effects.js';
import type { InterventionResult, QuestionOptions, Setting } from '../../src/questions/index.js';
import { ANSWERS } from '../../src/serving/answer-schemas.js';
import { writeSimulation } from '../../src/simulation/files.js';
import { simulate } from '../../src/simulation/simulate.js';
import { readStudy } from '../../src/study/study.js';
import { readRun, writeRun } from '../../src/training/run-folder.js';
import { commandHere } from '../fixtures/command-here.js';
import { evidenceOf, type EffectFacts } from '../fixtures/judged-evidence.js';
import { scratch } from '../fixtures/scratch.js';

const { folder } = scratch();
const STUDY = join(folder, 'data/study.yaml');

// Latents: 0 to 2 of m1, 3 to 5 of m2.
const NAMES = ['m1.z1', 'm1.z2', 'm1.z3', 'm2.z1', 'm2.z2', 'm2.z3'];
const D = NAMES.length;
const SHIFTS = { a1: 0.7, a2: -1.1, a3: 0.4, dose: 0.3 };
const [SLOPE, LATE, AGE] = [0.5, 2.5, 0.6];
const small = 1e-3;

/** Returns a table of zeros, latents × columns, with some entries. */
function entries(columns: number, values: readonly (readonly [latent: number, column: number, value: number])[]) {
  const table = new Float32Array(D * columns);
  for (const [latent, column, value] of values) table[latent * columns + column] = value;
  return table;
}

/**
 * Returns parameters of m2.z1 = 0.5 · m1.z1 + ε, and of all causes; every other latent is its noise. a1, a2 and the
 * dose act on m1.z1, a3 on m2.z2, stage on m2.z1, and age on m2.z3. Of dose and age only the linear terms act.
 */
function handMade([arm, dose, stage, age]: readonly CauseScales[]): Readonly<Record<string, Float32Array>> {
  const [armTerms, doseTerms, ageTerms] = [arm, dose, age].map(({ terms }) => terms.length);
  const all = armTerms + doseTerms + stage.terms.length + ageTerms;
  const ageStart = all - ageTerms;
  const gates = [
    [0, 0],
    [0, 1],
    [4, 2],
    [0, armTerms],
    [3, ageStart - 1],
    [5, ageStart],
  ] as const;
  const { a1, a2, a3 } = SHIFTS;
  return {
    'gates.logits': entries(D, [[3, 0, 10]]).map((value) => value - 5),
    'flow.0.weight': entries(D, [[3, 0, small]]),
    'flow.0.bias': new Float32Array(D),
    'flow.1.weight': new Float32Array(D).fill(1),
    'flow.1.bias': new Float32Array(D).fill(10),
    // Location and logarithm of the scale.
    'flow.2.weight': entries(2, [
      [3, 0, SLOPE / small],
      [5, 0, AGE / small],
    ]),
    'flow.2.bias': entries(2, [
      [3, 0, (-10 * SLOPE) / small],
      [5, 0, (-10 * AGE) / small],
    ]),
    [CAUSE_GATES]: entries(
      all,
      gates.map(([latent, term]) => [latent, term, 1]),
    ),
    [CAUSE_SHIFT]: entries(armTerms + doseTerms, [
      ...([
        [0, 0, a1],
        [0, 1, a2],
        [4, 2, a3],
        [0, armTerms, SHIFTS.dose],
      ] as const),
    ]),
    [CAUSE_MARGINAL]: entries(2, [[3, 0, LATE]]),
    [CAUSE_WEIGHT]: entries(ageTerms, [[5, 0, small]]),
  };
}

let ages: number[];
let arms: readonly string[];

beforeAll(async () => {
  const simulation = simulate('pair', { seed: 3, samples: 300, test: 60, levels: 'shift', dose: 'ordered' });
  await writeSimulation(simulation, join(folder, 'data'));
  const subjects = readFileSync(join(folder, 'data/subjects.csv'), 'utf8').trim().split('\n');
  ages = subjects.slice(1).map((_, row) => 40 + (row % 21));
  const rows = subjects.map((line, row) =>
    row === 0 ? `${line},stage,age` : `${line},${row % 3 === 0 ? 'late' : 'early'},${ages[row - 1]}`,
  );
  writeFileSync(join(folder, 'data/subjects.csv'), `${rows.join('\n')}\n`);
  const text = readFileSync(STUDY, 'utf8').replace(
    'modalities:\n',
    '  stage: { table: subjects.csv, column: stage, kind: categorical, reference: early, assigned: true,' +
      ' effect: perfect }\n' +
      '  age: { table: subjects.csv, column: age, kind: continuous, reference: 50, assigned: false, effect: soft }\n' +
      'modalities:\n',
  );
  writeFileSync(STUDY, text);
  const study = await readStudy(STUDY);
  const [arm] = study.dataset.causes!;
  arms = Array.from(arm.values, (position) => arm.levels![position]);
  const settings = { flow: 'affine', flowHidden: 1, batch: 64, epochs: 2, threads: 1, evidence: 'none' } as const;
  const stages = { subspaces: 'linear', componentRestarts: 1 } as const;
  await using model = await MultimodalCausalModel.fit(study, { ...settings, ...stages });
  await model.save(join(folder, 'run'));
  const run = await readRun(join(folder, 'run'));
  const changed = handMade(run.summary.causes!);
  const parameters = new Map(
    Array.from(run.parameters, ([name, tensor]) => {
      const values = Object.hasOwn(changed, name) ? changed[name] : tensor.values;
      expect([name, values.length]).toEqual([name, tensor.values.length]);
      return [name, { ...tensor, values }];
    }),
  );
  const standard = { mean: 0, sd: 1 };
  const ranges = { ...run.summary.ranges, epsilon: NAMES.map(() => standard) };
  await writeRun(join(folder, 'run'), { ...run, parameters, summary: { ...run.summary, ranges } });
}, 60_000);

const ANYTHING = { untested: true, assumeOrder: true, undetermined: true, draws: 400 } as const;

async function ask(setting: Setting, options: QuestionOptions<'intervene'> = ANYTHING): Promise<InterventionResult> {
  await using model = await MultimodalCausalModel.load(join(folder, 'run'));
  return await model.intervene(setting, options);
}

async function causes(): Promise<readonly CauseScales[]> {
  return (await readRun(join(folder, 'run'))).summary.causes!;
}

/** Returns the mean effects on latents by name. */
const effectsOf = ({ consequences }: InterventionResult) =>
  Object.fromEntries(
    consequences.flatMap(({ name, kind, effect }) => (kind === 'latent' ? [[name, effect.mean]] : [])),
  );
const codes = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) =>
  warnings.map(({ code }) => code);

describe('intervene', () => {
  test('a level moves its latent and the descendants; other latents are not reached', async () => {
    const answer = await ask({ arm: 'a1' });
    expect(effectsOf(answer)).toEqual({
      'm1.z1': expect.closeTo(SHIFTS.a1, 5),
      'm2.z1': expect.closeTo(SLOPE * SHIFTS.a1, 3),
    });
    expect(answer.causes).toEqual([
      { name: 'arm', value: 'a1', against: 'control', assigned: true, extrapolation: false },
    ]);
    expect(answer.set).toEqual([]);
    const columns = answer.consequences.filter(({ kind }) => kind === 'column');
    expect(new Set(columns.map(({ modality }) => modality))).toEqual(new Set(['m1', 'm2']));
  });

  test('two levels are compared, also by latents that only one of them reaches', async () => {
    const answer = await ask({ arm: 'a3' }, { ...ANYTHING, against: 'a2' });
    expect(effectsOf(answer)).toEqual({
      'm1.z1': expect.closeTo(-SHIFTS.a2, 5),
      'm2.z1': expect.closeTo(-SLOPE * SHIFTS.a2, 3),
      'm2.z2': expect.closeTo(SHIFTS.a3, 5),
    });
  });

  test('causes and latents combine; a held latent keeps its value', async () => {
    const [doseTerm] = termsAt((await causes())[1], 10);
    const both = await ask({ arm: 'a1', dose: 10 });
    expect(effectsOf(both)['m1.z1']).toBeCloseTo(SHIFTS.a1 + SHIFTS.dose * doseTerm, 5);
    const held = await ask({ arm: 'a3', 'm1.z1': 2 }, { ...ANYTHING, draws: 4000 });
    expect(held.set.map(({ name, value }) => [name, value])).toEqual([['m1.z1', 2]]);
    const at = held.consequences.find(({ name }) => name === 'm2.z1')!;
    expect(at.after.mean).toBeCloseTo(SLOPE * 2, 1);
    const alone = await ask({ arm: 'a1', 'm1.z1': 0 });
    expect(Object.keys(effectsOf(alone))).toEqual(['m1.z1', 'm2.z1']);
    expect(alone.consequences[0].after).toMatchObject({ mean: 0, sd: 0 });
  });

  test('a perfect level gives the latent its distribution, and cuts its parents', async () => {
    const draws = { ...ANYTHING, draws: 4000 };
    const answer = await ask({ stage: 'late' }, draws);
    const latent = answer.consequences.find(({ name }) => name === 'm2.z1')!;
    expect(latent.after.mean).toBeCloseTo(LATE, 1);
    expect(latent.after.sd).toBeCloseTo(1, 1);
    expect(latent.before.sd).toBeCloseTo(Math.sqrt(1 + SLOPE ** 2), 1);
    const cut = await ask({ 'm1.z1': 3, stage: 'late' }, draws);
    expect(cut.consequences.find(({ name }) => name === 'm2.z1')!.after.mean).toBeCloseTo(LATE, 1);
  });

  test('values outside the training subjects are extrapolations', async () => {
    const answer = await ask({ dose: 20 });
    expect(answer.causes).toEqual([expect.objectContaining({ value: 20, against: 0, extrapolation: true })]);
    expect(codes(answer)).toContain('extrapolation');
    expect(codes(await ask({ dose: 10 }))).not.toContain('extrapolation');
  });

  test('a cause that nobody assigned is refused, or assumed to act; as a background it varies', async () => {
    await expect(ask({ age: 60 }, { ...ANYTHING, assumeOrder: false })).rejects.toMatchObject({
      code: 'not-assigned',
      message: expect.stringMatching(/associations.*--assume-order/s),
    });
    const answer = await ask({ age: { sd: 1 } }, { ...ANYTHING, draws: 4000 });
    expect(codes(answer)).toContain('assumed-cause');
    expect(answer.assumed).toEqual([{ from: 'age', to: 'm2.z3' }]);
    expect(answer.consequences.map(({ assumed }) => assumed)).not.toContain(false);
    const background = await ask({ arm: 'a3' }, { ...ANYTHING, draws: 4000 });
    expect(background.assumed).toEqual([]);
    // Without age, the latent would have the sd of its noise.
    const { before } = answer.consequences.find(({ name }) => name === 'm2.z3')!;
    expect(before.sd).toBeCloseTo(1, 1);
    await using model = await MultimodalCausalModel.load(join(folder, 'run'));
    const { causes: ofSubjects, latents } = await model.generate(4000, {});
    const drawn = ofSubjects!.find(({ name }) => name === 'age')!.values.map(Number);
    const z = [...latents.find(({ name }) => name === 'm2.z3')!.values];
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const [my, mx] = [mean(z), mean(drawn)];
    const slope =
      mean(z.map((value, row) => (value - my) * (drawn[row] - mx))) / mean(drawn.map((value) => (value - mx) ** 2));
    const scales = (await causes())[3];
    const perYear = termsAt(scales, 51)[0] - termsAt(scales, 50)[0];
    expect(slope / perYear).toBeCloseTo(AGE, 1);
  });

  test.each([
    [{ arm: 'a9' }, {}, 'unknown-level'],
    [{ arm: 'control' }, {}, 'invalid-setting'],
    [{ 'm1.z1': 'a1' }, {}, 'invalid-setting'],
    [{ arms: 'a1' }, {}, 'unknown-latent'],
    [{ arm: 'a1' }, { against: { dose: 1 } }, 'invalid-setting'],
    [{ arm: 'a1' }, { against: true as unknown as string }, 'invalid-option'],
  ] as const)('refused: %j %j', async (setting, options, code) => {
    await expect(ask(setting as Setting, { ...ANYTHING, ...options })).rejects.toMatchObject({ code });
  });

  test('the answer has the schema of the route', async () => {
    const answer = await ask({ arm: 'a1', dose: 3, 'm1.z2': { sd: 1 } });
    expect(ANSWERS.intervene.safeParse(JSON.parse(JSON.stringify(answer))).error).toBeUndefined();
  });
});

describe('with evidence', () => {
  let runs = 0;
  async function judged(effects: readonly EffectFacts[], order?: 'unknown', isTested = true) {
    const place = join(folder, `judged-${runs++}`);
    cpSync(join(folder, 'run'), place, { recursive: true });
    const path = join(place, 'run.json');
    const links = [['m1.z1', 'm2.z1', 'supported']] as const;
    const directions = [{ from: 'm1.z1', to: 'm2.z1', share: 1 }];
    const evidence = evidenceOf({ names: NAMES, effects, links, directions });
    const summary = JSON.parse(readFileSync(path, 'utf8')) as {
      config: { sparsity: { order?: string } };
      columns: ModalityScales[];
    };
    if (order) delete summary.config.sparsity.order;
    const isBatched = ({ name }: ModalityScales) =>
      effects.some(({ latent, reason }) => reason === 'batch' && latent.startsWith(name));
    const batches = { column: 'stage', levels: ['early', 'late'], causes: ['arm'] };
    const columns = summary.columns.map((one) => (isBatched(one) ? { ...one, batches } : one));
    writeFileSync(path, JSON.stringify({ ...summary, columns, ...(isTested && { evidence }) }));
    return MultimodalCausalModel.load(place);
  }
  const supported = (level: string, latent: string, direct: EffectFacts['direct'] = 'direct'): EffectFacts => ({
    ...{ cause: 'arm', level, latent, verdict: 'supported', direct },
  });

  test('effects follow only supported edges of causes, and say which they do not follow', async () => {
    await using model = await judged([supported('a1', 'm1.z1')]);
    const first = await model.intervene({ arm: 'a1' }, { draws: 50 });
    expect(Object.keys(effectsOf(first))).toEqual(['m1.z1', 'm2.z1']);
    expect(codes(first)).not.toContain('unsupported-cause');
    const measured = first.consequences.flatMap(({ name, heldOut }) => (heldOut ? [[name, heldOut]] : []));
    expect(measured).toEqual([['m1.z1', { estimate: 0.8, lower: 0.5, upper: 1.1 }]]);
    for (const [setting, more] of [
      [{ arm: 'a1' }, { against: 'a2' }],
      [{ arm: 'a1', dose: 1 }, {}],
      [{ arm: 'a1', 'm1.z2': 0 }, {}],
    ] as const) {
      const { consequences } = await model.intervene(setting, { draws: 50, ...more });
      expect(consequences.some(({ heldOut }) => heldOut)).toBe(false);
    }
    const other = await model.intervene({ arm: 'a3' }, { draws: 50 });
    expect(other.consequences).toEqual([]);
    expect(codes(other)).toContain('unsupported-cause');
    const fitted = await model.intervene({ arm: 'a3' }, { draws: 50, edges: 'fitted' });
    expect(effectsOf(fitted)['m2.z2']).toBeCloseTo(SHIFTS.a3, 5);
    expect(codes(fitted)).toContain('unsupported-edge');
    const listed = await model.intervene({ arm: 'a3' }, { draws: 50, edges: [{ from: 'arm', to: 'm2.z2' }] });
    expect(effectsOf(listed)).toEqual({ 'm2.z2': expect.closeTo(SHIFTS.a3, 5) });
    const absent = model.intervene({ arm: 'a3' }, { draws: 50, edges: [{ from: 'arm', to: 'm1.z2' }] });
    await expect(absent).rejects.toMatchObject({ code: 'unknown-edge' });
  });

  test('an effect that only passes through other latents is no edge', async () => {
    await using model = await judged([supported('a1', 'm1.z1', 'through')]);
    expect((await model.intervene({ arm: 'a1' }, { draws: 50 })).consequences).toEqual([]);
  });

  test('supported effects without a path of followed edges are named with their size', async () => {
    const effects = [supported('a1', 'm1.z1'), supported('a1', 'm2.z1', 'through'), supported('a2', 'm1.z1')];
    const lacking = { cause: 'dose', latent: 'm2.z3', verdict: 'supported' } as const;
    const ofDose = { cause: 'dose', latent: 'm1.z1', verdict: 'supported', direct: 'direct' } as const;
    await using model = await judged([
      ...effects,
      ...[supported('a1', 'm1.z2'), supported('a3', 'm1.z1'), ofDose, lacking],
    ]);
    const lackingOf = async (setting: Setting, more: QuestionOptions<'intervene'> = {}) => {
      const { warnings } = await model.intervene(setting, { draws: 50, ...more });
      return warnings.filter(({ code }) => code === 'unfitted-effect').map(({ text }) => text);
    };
    const interval = '(95 % interval 0.50 to 1.10, q < 10⁻¹⁰)';
    const ofArm =
      `arm = a1 raises m1.z2 by 0.80 sd ${interval}. Held-out subjects support this, but the fitted model has no ` +
      'edge for it, or the edge was left out, so the answer lacks it. 1 sd is the standard deviation of subjects ' +
      'with the reference level.';
    expect(await lackingOf({ arm: 'a1' })).toEqual([ofArm]);
    expect(await lackingOf({ arm: 'a2' })).toEqual([]);
    expect(await lackingOf({ dose: 1 })).toEqual([
      expect.stringMatching(/^dose raises m2\.z3 by 0\.80 sd per sd of dose \(95 % .* subjects with the same dose\.$/),
    ]);
    // The edge of a2 to m1.z1 is none of a3.
    const compared = await lackingOf({ arm: 'a3' }, { against: 'a2' });
    expect(compared).toEqual([expect.stringMatching(/^arm = a3 raises m1\.z1 by 0\.80 sd [^.]/)]);
    // What is set does not change, and cuts the path to its effects.
    expect(await lackingOf({ arm: 'a1', 'm1.z2': 0 })).toEqual([]);
    expect(await lackingOf({ arm: 'a1', 'm1.z1': 0, 'm1.z2': 0 })).toEqual([]);
    expect(await lackingOf({ arm: 'a1' }, { edges: [] })).toEqual([
      expect.stringMatching(
        /m1\.z1 by .* m2\.z1 by .* m1\.z2 by .* support these, .* so the answer lacks them\. 1 sd is .* level\.$/,
      ),
    ]);
    // A path through another latent does not carry what is direct.
    await using partial = await judged([supported('a1', 'm1.z1'), supported('a1', 'm2.z1')]);
    const { warnings } = await partial.intervene({ arm: 'a1' }, { draws: 50 });
    expect(warnings.filter(({ code }) => code === 'unfitted-effect').map(({ text }) => text)).toEqual([
      `arm = a1 raises m2.z1 by 0.80 sd ${interval}. Held-out subjects support that this is also direct, but the ` +
        'fitted model has no edge for it, or the edge was left out, so the answer has only what passes through other ' +
        'latents. 1 sd is the standard deviation of subjects with the reference level.',
    ]);
    const report = (await model.report()).replaceAll(/\s+/g, ' ');
    expect(report.split(`<p>${ofArm.replace('<', '&#60;')}</p>`)).toHaveLength(2);
  });

  test.each([
    ['confounded', /same partition/],
    ['too-few', /too few/],
  ] as const)('a level whose effect is not identifiable is refused: %s', async (reason, message) => {
    await using model = await judged([
      { cause: 'arm', level: 'a1', latent: 'm1.z1', verdict: 'undecided', reason },
      supported('a2', 'm1.z1'),
    ]);
    await expect(model.intervene({ arm: 'a1' }, { draws: 50 })).rejects.toMatchObject({
      code: 'unidentified-effect',
      message: expect.stringMatching(message),
    });
    expect(Object.keys(effectsOf(await model.intervene({ arm: 'a2' }, { draws: 50 })))).toContain('m1.z1');
  });

  describe('if the batches of a modality divide the subjects as the cause does', () => {
    const sameAsBatch = (modality: string) =>
      NAMES.filter((latent) => latent.startsWith(modality)).map((latent): EffectFacts => ({
        ...{ cause: 'arm', level: 'a1', latent, verdict: 'undecided', reason: 'batch' },
      }));
    const inM2 = (order?: 'unknown') =>
      judged([supported('a1', 'm1.z1'), supported('a2', 'm1.z1'), ...sameAsBatch('m2')], order);
    const unidentified = ({ warnings }: Pick<InterventionResult, 'warnings'>) =>
      warnings.filter(({ code }) => code === 'unidentified-effect').map(({ text }) => text);
    const modalitiesOf = ({ consequences }: Pick<InterventionResult, 'consequences'>) => [
      ...new Set(consequences.map(({ modality }) => modality)),
    ];

    test('its latents and columns have no number, and are named as not identifiable', async () => {
      await using model = await inM2();
      const answer = await model.intervene({ arm: 'a1' }, { draws: 50 });
      expect(effectsOf(answer)).toEqual({ 'm1.z1': expect.closeTo(SHIFTS.a1, 5) });
      expect(modalitiesOf(answer)).toEqual(['m1']);
      expect(unidentified(answer)).toEqual([
        'The effect of arm = a1 on latents and columns of m2 is not identifiable: the batches of this modality ' +
          'divide the subjects in the same way, so the two cannot be distinguished in it. The answer leaves them ' +
          'out; that is not an effect of 0.',
      ]);
      // Also if the user asserts the direction, as the batch removed a part of the association.
      const assumed = await model.intervene({ arm: 'a1' }, { draws: 50, assumeOrder: true });
      expect(modalitiesOf(assumed)).toEqual(['m1']);
      const compared = await model.intervene({ arm: 'a2' }, { draws: 50, against: 'a1' });
      expect([modalitiesOf(compared), unidentified(compared)]).toEqual([['m1'], [expect.stringContaining('arm')]]);
      const fit = await model.intervene({ arm: 'a1' }, { draws: 50, undetermined: true, assumeOrder: true });
      expect(effectsOf(fit)['m2.z1']).toBeCloseTo(SLOPE * SHIFTS.a1, 3);
      expect(unidentified(fit)).toEqual([expect.stringMatching(/not identifiable.* is that of the fit\.$/)]);
      const report = (await model.report()).replaceAll(/\s+/g, ' ');
      expect(report).toContain('<p>The effect of arm = a1 on latents and columns of m2 is not identifiable');
    });

    test('links with other modalities have no direction, and effects do not follow them', async () => {
      await using model = await inM2('unknown');
      const message = expect.stringMatching(/direction of m1\.z1 – m2\.z1 \(the batches .* in the same way as arm/);
      // The evidence of the fixture supports the direction, and without the batch the effect would follow the link.
      for (const setting of [{ 'm1.z1': 1 }, { arm: 'a1', 'm1.z1': 1 }] as Setting[]) {
        await expect(model.intervene(setting, { draws: 50 })).rejects.toMatchObject({
          ...{ code: 'direction-unknown', message },
        });
      }
      const assumed = await model.intervene({ 'm1.z1': 1 }, { draws: 50, assumeOrder: true });
      expect(modalitiesOf(assumed)).toEqual(['m1', 'm2']);
      expect(codes(assumed)).toContain('assumed-direction');
      const {
        links: [link],
      } = (await model.conclusions()).conclusions;
      expect(link).toMatchObject({ first: 'm1.z1', direction: { verdict: 'undecided', sameAsBatch: 'arm' } });
      expect(directionText(link)).toMatch(/^Its direction is not known: the batches of one of the two modalities/);
    });

    test('neither have those of modalities downstream', async () => {
      await using model = await judged([...sameAsBatch('m1'), supported('a1', 'm2.z2')]);
      const options = { draws: 50, edges: 'fitted', assumeOrder: true } as const;
      const answer = await model.intervene({ arm: 'a1' }, options);
      expect(answer.consequences).toEqual([]);
      expect(unidentified(answer)).toEqual([
        expect.stringMatching(/columns of m1 is not .* in it, nor in m2, which has latents downstream\. The answer/),
      ]);
      // A latent that is set has its value, and what follows from it is known.
      const held = await model.intervene({ arm: 'a1', 'm1.z1': 1 }, options);
      expect(modalitiesOf(held)).toEqual(['m2']);
    });

    test('a fit without evidence says the same', async () => {
      await using model = await judged(sameAsBatch('m2'), undefined, false);
      const answer = await model.intervene({ arm: 'a1' }, { ...ANYTHING, draws: 50, undetermined: false });
      expect(modalitiesOf(answer)).toEqual(['m1']);
      expect(unidentified(answer)).toEqual([expect.stringMatching(/^The effect of arm = a1 .* columns of m2 is not/)]);
      const fit = await model.intervene({ arm: 'a1' }, { ...ANYTHING, draws: 50 });
      expect(unidentified(fit)).toEqual([expect.stringMatching(/not identifiable.* is that of the fit\.$/)]);
    });

    test('a counterfactual has neither', async () => {
      await using model = await inM2();
      const batched = join(folder, 'data/batched.yaml');
      writeFileSync(batched, `${readFileSync(STUDY, 'utf8')}\nbatch: { table: subjects.csv, column: stage }\n`);
      const { dataset } = await readStudy(batched, { scales: model.columnScales, causes: model.summary.causes });
      const control = dataset.causes![0].values.indexOf(0);
      const subjects = [dataset.ids[control]];
      for await (const answer of model.counterfactual(dataset, { arm: 'a1' }, { draws: 4, subjects })) {
        expect(new Set(answer.consequences.map(({ modality }) => modality))).toEqual(new Set(['m1']));
        expect(codes(answer)).toContain('unidentified-effect');
      }
    });
  });
});

describe('single subjects', () => {
  const options = { ...ANYTHING, draws: 4 } as const;

  test('a counterfactual changes from the level that the subject has', async () => {
    await using model = await MultimodalCausalModel.load(join(folder, 'run'));
    const { dataset } = await readStudy(STUDY, { scales: model.columnScales, causes: model.summary.causes });
    const rows = ['a1', 'a2', 'control'].map((level) => dataset.causes![0].levels!.indexOf(level));
    const chosen = rows.map((position) => dataset.causes![0].values.indexOf(position));
    const subjects = chosen.map((row) => dataset.ids[row]);
    const changes: number[] = [];
    for await (const answer of model.counterfactual(dataset, { arm: 'a1' }, { ...options, subjects })) {
      expect(codes(answer)).not.toContain('cause-at-reference');
      changes.push(answer.consequences.find(({ name }) => name === 'm1.z1')!.effect.mean);
    }
    expect(changes).toEqual([0, SHIFTS.a1 - SHIFTS.a2, SHIFTS.a1].map((change) => expect.closeTo(change, 5)));
  });

  test('without the causes of the subjects it is refused, unless the question states them', async () => {
    await using model = await MultimodalCausalModel.load(join(folder, 'run'));
    const { dataset } = await readStudy(STUDY, { scales: model.columnScales });
    const subjects = [dataset.ids[0]];
    const first = async (setting: Setting, more: object = {}) => {
      for await (const one of model.counterfactual(dataset, setting, { ...options, subjects, ...more })) return one;
      throw new Error('no answer');
    };
    await expect(first({ arm: 'a1' })).rejects.toMatchObject({ code: 'missing-causes' });
    const stated = await first({ arm: 'a1' }, { causes: { arm: 'a2' } });
    expect(stated.consequences[0].effect.mean).toBeCloseTo(SHIFTS.a1 - SHIFTS.a2, 5);
    expect(codes(stated)).toContain('cause-at-reference');
    const latent = await first({ 'm1.z1': 0 });
    expect(codes(latent)).toContain('cause-at-reference');
  });
});

describe('new subjects', () => {
  test('have causes in their training shares, or the wanted level', async () => {
    await using model = await MultimodalCausalModel.load(join(folder, 'run'));
    const { causes: drawn } = await model.generate(2000, { seed: 1 });
    expect(drawn!.map(({ name }) => name)).toEqual(['arm', 'dose', 'stage', 'age']);
    const share = drawn![0].values.filter((level) => level === 'a1').length / 2000;
    expect(share).toBeCloseTo(arms.filter((level) => level === 'a1').length / arms.length, 1);
    const wanted = await model.generate(50, { causes: { arm: 'a2', dose: 10 } });
    expect(new Set(wanted.causes![0].values)).toEqual(new Set(['a2']));
    expect(new Set(wanted.causes![1].values)).toEqual(new Set([10]));
    await expect(model.generate(50, { causes: { 'm1.z1': 1 } })).rejects.toMatchObject({ code: 'invalid-setting' });
  });
});

describe('commands', () => {
  test('intervene prints both values, and its table has the effects', async () => {
    const out = join(folder, 'effects.csv');
    const flags = ['--untested', '--assume-order', '--undetermined', '--draws', '50'];
    const words = ['intervene', 'run', '--set', 'arm=a1', '--set', 'dose=10,m1.z2=+1sd', '--against', 'arm=a2'];
    const result = await commandHere([...words, ...flags, '--out', out], folder);
    expect(result).toMatchObject({ code: 0 });
    expect(result.out).toMatch(/do\(arm = a1, dose = 10, m1\.z2 = \+1 sd\)/);
    expect(result.out).toMatch(/before: arm = a2, dose = 0/);
    const table = await readTable(out, { text: ['name', 'kind', 'modality', 'unit', 'direction'] });
    expect(table.texts('name')).toEqual(['m1.z1', 'm1.z2', 'm2.z1']);
    const refused = await commandHere(['intervene', 'run', '--set', 'arm=a9', ...flags], folder);
    expect(refused.err).toMatch(/arm has no level 'a9'.*control, a1, a2, a3, a4/s);
  });

  test('counterfactual reads the causes of the study, and simulate writes those of new subjects', async () => {
    const flags = ['--untested', '--assume-order', '--undetermined', '--draws', '4'];
    const one = ['counterfactual', 'run', 'data/study.yaml', '--subject', 's1', '--set', 'arm=a1', '--json'];
    const { dataset } = await readStudy(STUDY);
    one[4] = dataset.ids[0];
    const answer = await commandHere([...one, ...flags], folder);
    expect(answer).toMatchObject({ code: 0, err: '' });
    expect(answer.out).not.toMatch(/cause-at-reference/);
    const words = ['simulate', '--from', 'run', '--subjects', '20', '--set', 'arm=a3', '--out', 'new'];
    expect(await commandHere(words, folder)).toMatchObject({ code: 0 });
    const written = await readTable(join(folder, 'new/causes.csv'), { text: ['id', 'arm', 'stage'] });
    expect(new Set(written.texts('arm'))).toEqual(new Set(['a3']));
    expect(written.columns).toEqual(['id', 'arm', 'dose', 'stage', 'age']);
  });
});
