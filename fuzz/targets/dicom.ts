import { InterlatentError } from '../../src/errors/errors.js';
import { decodeDicom } from '../../src/images/dicom.js';
import type { Target } from '../target.js';

const SIZE = { height: 4, width: 4, crop: 'centre' } as const;

export const target: Target = {
  run: async (bytes) => {
    try {
      await decodeDicom(bytes, { ...SIZE, channels: 'rgb' }, 'x.dcm');
    } catch (error) {
      if (!(error instanceof InterlatentError)) throw error;
    }
    await decodeDicom(bytes, { ...SIZE, channels: 'grey' }, 'x.dcm');
  },
};
