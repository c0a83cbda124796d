// What latents and blocks do to the columns of their modality, as in the table of loadings.

import { HeldOutSubjects } from '../held-out-subjects.js';
import type { InterpretationInput } from '../input.js';
import { responsesOf } from '../loadings.js';
import { latentUnits, type LatentUnit } from '../units.js';

/** The effects of a latent or a block on all values of its modality. */
export interface UnitEffects {
  readonly unit: LatentUnit;
  /** Effect of +1 sd of each of its latents, in sd of the column. NaN if it is unknown. */
  readonly latents: readonly Float64Array[];
  /** Effect of the latent; of a block with several latents, the size of their joint effect. */
  readonly joint: Float64Array;
}

/** @throws what `HeldOutSubjects.encode` throws; the signal's reason */
export async function unitEffects(input: InterpretationInput): Promise<UnitEffects[]> {
  const units = latentUnits(input);
  const single = units.map((unit) => unit.members.map((member) => ({ ...unit, members: [member], isBlock: false })));
  const blocks = units.filter(({ members }) => members.length > 1);
  const subjects = await HeldOutSubjects.encode(input, 'enrichment');
  try {
    const responses = await responsesOf(subjects, [...single.flat(), ...blocks], input.signal);
    const effects = responses.map((ofColumns) => Float64Array.from(ofColumns, ({ effect }) => effect));
    let next = 0;
    const latents = single.map(({ length }) => effects.slice(next, (next += length)));
    return units.map((unit, u) => {
      const block = blocks.indexOf(unit);
      return { unit, latents: latents[u], joint: block < 0 ? latents[u][0] : effects[next + block] };
    });
  } finally {
    await subjects.dispose();
  }
}
