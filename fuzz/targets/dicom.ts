import { decodeDicom } from '../../src/images/dicom.js';
import type { Target } from '../target.js';

const SIZE = { height: 4, width: 4, crop: 'centre' } as const;

export const target: Target = {
  run: async (bytes) => {
    await decodeDicom(bytes, { ...SIZE, channels: 'rgb' }, 'x.dcm').catch(() => undefined);
    await decodeDicom(bytes, { ...SIZE, channels: 'grey' }, 'x.dcm');
  },
};
