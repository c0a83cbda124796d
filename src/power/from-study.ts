// The design of a power calculation that a study, or a fit of it, has.

import type { Inspection } from '../study/inspection/inspection.js';
import type { RunSummary } from '../training/run-folder.js';
import { MAX_ALL_COLUMNS, MAX_COLUMNS, type PowerDesign } from './design.js';

export type StudyDesign = Pick<PowerDesign, 'links' | 'modalities'>;

/** Returns the modalities of a study. With causes, exogenous variables are latents. */
export function designOfStudy({ modalities, causes = [] }: Pick<Inspection, 'causes' | 'modalities'>): StudyDesign {
  const limit = Math.min(MAX_COLUMNS, Math.floor(MAX_ALL_COLUMNS / modalities.length));
  const known = counted(modalities, causes.length > 0).map((one, m) => ({
    ...one,
    // Every latent needs a column, also of images, whose pixels are no columns here.
    columns: Math.max(one.latents, Math.min(limit, modalities[m].columns.length)),
  }));
  return { modalities: known, links: [] };
}

/** Returns the modalities of a fit, and its supported links between modalities. */
export function designOfRun({ model, evidence }: Pick<RunSummary, 'evidence' | 'model'>): StudyDesign {
  const modalityOf = (latent: string) => latent.replace(/\.z\d+$/, '');
  const names = model.modalities.map(({ name }) => name);
  const isBetween = (first: string, second: string) =>
    names.includes(modalityOf(first)) && names.includes(modalityOf(second)) && modalityOf(first) !== modalityOf(second);
  const supported = (evidence?.links ?? []).filter(
    ({ first, second, verdict }) => verdict === 'supported' && isBetween(first, second),
  );
  return {
    modalities: counted(model.modalities, (model.causes?.length ?? 0) > 0),
    links: supported.map(({ first, second, direct }) => ({ first, second, correlation: direct.estimate })),
  };
}

function counted(
  modalities: readonly { readonly name: string; readonly latents: number; readonly exogenous: number }[],
  hasCauses: boolean,
): { readonly name: string; readonly latents: number }[] {
  return modalities.map(({ name, latents, exogenous }) => ({ name, latents: latents + (hasCauses ? exogenous : 0) }));
}
