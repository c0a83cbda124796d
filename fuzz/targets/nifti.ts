import { decodeNifti } from '../../src/images/nifti.js';
import type { Target } from '../target.js';

const FORM = { height: 4, width: 4, crop: 'none', channels: 'grey' } as const;

export const target: Target = {
  run: async (bytes) => {
    for (const axis of ['i', 'j', 'k'] as const) {
      await decodeNifti(bytes, { ...FORM, slice: { axis, fraction: 0.5 } }, 'x.nii');
    }
  },
};
