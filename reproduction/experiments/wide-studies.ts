// Real studies with many columns or few subjects, for the comparison with linear methods: breast cancers (mixOmics,
// TCGA) and people of NHANES 2005–2008.

import type * as z from 'zod';
import type { studySchema } from '../../src/study/grammar/schema.js';
import { readStudyFile } from '../../src/study/grammar/study-file.js';
import { dataEnvironment, dataFolder, NHANES_STUDY } from './data-folder.js';

type StudyText = z.input<typeof studySchema>;
type TableText = Extract<StudyText['modalities'][string], { table: unknown }>;
type Tables = Pick<StudyText, 'id'> & { readonly modalities: Readonly<Record<string, Omit<TableText, 'latents'>>> };

/** A study with a number of latents. Each seed splits its subjects in another way. */
export interface WideStudy {
  /** Unique name, also of the study's files. */
  readonly id: string;
  readonly title: string;
  /** Number of latents of each modality. */
  readonly latents: number;
  /**
   * Number of training subjects. All subjects that are in neither the training nor the validation split are held out.
   */
  readonly train: number;
  /** Number of validation subjects. */
  readonly validation: number;
  /** Table paths are relative to `${INTERLATENT_DATA}`. @throws InputError `missing-file` */
  readonly tables: () => Promise<Tables>;
}

type Source = Omit<WideStudy, 'latents'>;

const MIXOMICS: Source = {
  id: 'mixomics',
  title: 'mixomics',
  train: 125,
  validation: 25,
  tables: async () => {
    await dataFolder('mixomics');
    // Joins the published training and test subjects.
    const tableOf = (name: string) => ({
      table: ['train', 'test'].map((part) => `\${INTERLATENT_DATA}/mixomics/breastTCGA_data.${part}_${name}.csv.gz`),
    });
    return { id: '', modalities: { mrna: tableOf('mrna'), mirna: tableOf('mirna') } };
  },
};

/** Returns two modalities of the phenotype study, for all subjects who have both. */
function nhanes(names: readonly [string, string], train: number, validation: number): Source {
  return {
    id: `${names.join('-')}-${train}`,
    title: `NHANES, ${names.join(' and ')}`,
    train,
    validation,
    tables: async () => {
      await dataFolder('nhanes');
      const { config } = await readStudyFile(NHANES_STUDY, dataEnvironment());
      const modalities = names.flatMap((name) => {
        const modality = config.modalities[name];
        if (!('table' in modality)) return [];
        const { table, columns, log, limits, missing } = modality;
        return [[name, { table, columns, log, limits, missing }] as const];
      });
      const text = JSON.stringify({ id: config.id, modalities: Object.fromEntries(modalities) });
      // The default in the phenotype study is relative to the folder of that study.
      return JSON.parse(text.replaceAll(/\$\{INTERLATENT_DATA:-[^}]*\}/g, '${INTERLATENT_DATA}')) as Tables;
    },
  };
}

const SOURCES: readonly Source[] = [
  MIXOMICS,
  nhanes(['body', 'chemistry'], 300, 50),
  nhanes(['chemistry', 'counts'], 300, 50),
  nhanes(['body', 'chemistry'], 4000, 400),
  nhanes(['chemistry', 'counts'], 4000, 400),
];

/** Pairs of NHANES modalities that use all subjects who have both, except about 2,000 held-out ones. */
const ALL_SUBJECTS: readonly Source[] = [
  nhanes(['body', 'pressure'], 8400, 800),
  nhanes(['body', 'counts'], 10700, 800),
  nhanes(['chemistry', 'pressure'], 7000, 800),
  nhanes(['chemistry', 'sleep'], 6700, 800),
];

const withLatents = (sources: readonly Source[], counts: readonly number[]): WideStudy[] =>
  sources.flatMap((source) => counts.map((latents) => ({ ...source, id: `wide-${source.id}-k${latents}`, latents })));

export const WIDE_STUDIES: readonly WideStudy[] = [...withLatents(SOURCES, [2, 4]), ...withLatents(ALL_SUBJECTS, [2])];

/** Returns the text of the study file. @param test number of held-out subjects */
export async function studyText(
  { id: study, latents, validation, tables }: WideStudy,
  seed: number,
  test: number,
): Promise<string> {
  const { id, modalities } = await tables();
  const counted = Object.entries(modalities).map(([name, modality]) => [name, { ...modality, latents }] as const);
  const text: StudyText = {
    study,
    id,
    missing: 'drop',
    modalities: Object.fromEntries(counted),
    split: { validation, test, seed },
    training: { seed },
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}
