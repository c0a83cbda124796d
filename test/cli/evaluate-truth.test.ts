// The modalities of the truth that `interlatent evaluate RUN` compares a fit with.

import { describe, expect, test } from '@jest/globals';
import { truthOfRun } from '../../src/cli/evaluate-truth.js';
import { encodeNpz } from '../../src/files/npz.js';
import { exampleSummary } from '../fixtures/example-runs.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();
const summary = exampleSummary(
  ['camera', 'light', 'angle'].map((name) => ({ name, latents: 3 })),
  undefined,
);

/** Writes a truth with a subject for each latent. */
function truthWith(name: string, columns: readonly string[] | undefined, latents = columns!.length): string {
  const square = { shape: [latents, latents], data: new Float64Array(latents * latents) };
  return file(
    name,
    encodeNpz([
      ['id', { shape: [latents], data: Array.from({ length: latents }, (_, i) => `s${i}`) }],
      ['z', square],
      ['adjacency', square],
      ...(columns ? [['columns', { shape: [latents], data: [...columns] }] as const] : []),
    ]),
  );
}

describe('a truth', () => {
  const light = [
    { name: 'light', latents: 2 },
    { name: 'angle', latents: 1 },
  ];
  const other = truthWith('other.npz', ['m1.z1', 'm1.z2', 'm2.z1']);

  test('may have a part of the modalities, or no names', async () => {
    const truth = truthWith('part.npz', ['light.z1', 'light.z2', 'angle.z1']);
    expect((await truthOfRun(summary, { truth })).modalities).toEqual(light);
    const unnamed = truthWith('unnamed.npz', undefined, 3);
    expect((await truthOfRun(summary, { truth: unnamed })).modalities).toBeUndefined();
  });

  test('with other names, or in another order, is refused with the option that helps', async () => {
    await expect(truthOfRun(summary, { truth: other })).rejects.toMatchObject({
      code: 'modality-mismatch',
      message: expect.stringMatching(
        /has the latents m1=2,m2=1, but the fit has the modalities camera, light, angle, in.*--modalities camera=2,/s,
      ),
    });
    const turned = truthWith('turned.npz', ['angle.z1', 'light.z1']);
    await expect(truthOfRun(summary, { truth: turned })).rejects.toMatchObject({ code: 'modality-mismatch' });
  });

  test('has the modalities that the user names, if they fit both sides', async () => {
    expect((await truthOfRun(summary, { truth: other, modalities: light })).modalities).toEqual(light);
    for (const modalities of [[{ name: 'light', latents: 2 }], [{ name: 'm1', latents: 3 }], [light[1], light[0]]]) {
      await expect(truthOfRun(summary, { truth: other, modalities })).rejects.toMatchObject({
        code: 'modality-mismatch',
        message: expect.stringContaining('has 3 latents'),
      });
    }
  });
});
