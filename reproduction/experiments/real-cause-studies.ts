// The examples of real data with observed causes, and what is known about them.

import type { Claim, RealCauseRecord, RealCauseStudy } from './real-causes.js';

/** Knock-outs without a known effect on these genes. */
const WITHOUT_EFFECT = ['ATF2', 'CAV1', 'CD86', 'ETV7', 'MARCH8', 'PDCD1LG2', 'STAT5A'];
/** Knock-outs of the way from the interferon receptor to its genes. */
const INTERFERON = ['IFNGR1', 'IFNGR2', 'JAK2', 'STAT1'];

function supported({ effects }: RealCauseRecord): RealCauseRecord['effects'] {
  return effects.filter(({ verdict }) => verdict === 'supported');
}

/** Claims that no effect of some levels is supported. */
function unmoved(text: string, isMeant: (effect: RealCauseRecord['effects'][number]) => boolean): Claim {
  return {
    text,
    judge: (record) => {
      const wrong = supported(record).filter(isMeant);
      const tests = record.effects.filter(isMeant).length;
      const names = wrong.map(({ level, latent }) => `${level} on ${latent}`).join(', ');
      return { result: `${wrong.length} of ${tests} effects${names && `: ${names}`}`, met: wrong.length === 0 };
    },
  };
}

/** Claims that some levels have a supported effect on one latent, the same for all. */
function together(text: string, levels: readonly string[]): Claim {
  return {
    text,
    judge: (record) => {
      const of = (latent: string) =>
        levels.filter((level) => supported(record).some((one) => one.level === level && one.latent === latent));
      const [best = { name: '', moved: [] }] = record.latents
        .map(({ name }) => ({ name, moved: of(name) }))
        .sort((a, b) => b.moved.length - a.moved.length);
      const result = best.moved.length === 0 ? 'none' : `${best.name}: ${best.moved.join(', ')}`;
      return { result, met: best.moved.length === levels.length };
    },
  };
}

/** Claims that levels move the latents of a modality: one of them, or all together. */
function movesModality(text: string, modality: string, levels: readonly string[]): Claim {
  return {
    text,
    judge: (record) => {
      const isMoved = (level: string) =>
        supported(record).some((one) => one.level === level && one.latent.startsWith(`${modality}.`)) ||
        record.blocks.some((one) => one.level === level && one.modality === modality && one.verdict === 'supported');
      const moved = levels.filter(isMoved);
      return { result: `${moved.length} of ${levels.length} files`, met: moved.length === levels.length };
    },
  };
}

export const REAL_CAUSE_STUDIES: readonly RealCauseStudy[] = [
  {
    id: 'causes-screen',
    title: 'CRISPR screen (Papalexi et al. 2021)',
    example: 'crispr-screen',
    file: 'study.yaml',
    data: 'papalexi_crispr',
    claims: [
      together('knock-outs of the interferon pathway move one latent', INTERFERON),
      unmoved('seven knock-outs without a known effect move nothing', ({ level = '' }) =>
        WITHOUT_EFFECT.includes(level),
      ),
    ],
  },
  {
    id: 'causes-tunnel-real',
    title: 'Light tunnel, real rows',
    example: 'light-tunnel',
    file: 'real.yaml',
    data: 'light_tunnel_real',
    claims: [
      movesModality(
        'every file with a brighter lamp moves the light',
        'light',
        ['red', 'green', 'blue'].flatMap((colour) => [`${colour}_mid`, `${colour}_strong`]),
      ),
      unmoved('no lamp moves an angle', ({ latent }) => latent.startsWith('angle')),
    ],
  },
];
