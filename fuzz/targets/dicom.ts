import { decodeDicom } from '../../src/images/dicom.js';
import { attempt, type Target } from '../target.js';

const SIZE = { height: 4, width: 4, crop: 'centre' } as const;

export const target: Target = {
  run: async (bytes) => {
    const asColours = () => decodeDicom(bytes, { ...SIZE, channels: 'rgb' }, 'x.dcm');
    const wrong: unknown = await attempt({ run: asColours }, bytes);
    if (wrong !== undefined) throw wrong;
    await decodeDicom(bytes, { ...SIZE, channels: 'grey' }, 'x.dcm');
  },
};
