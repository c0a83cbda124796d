// A page has no native library, in which moments are searched.

import { DeviceError } from '../../errors/errors.js';

/** @throws DeviceError `native-missing` */
export function searchMoments(): Promise<never> {
  return Promise.reject(missing());
}

/** @throws DeviceError `native-missing` */
export function momentLikelihood(): never {
  throw missing();
}

function missing(): DeviceError {
  const remedy = 'Use interlatent fit or the library in Node; a page can use the fitted model';
  return new DeviceError('native-missing', `A page cannot fit a study with observed causes. ${remedy}`);
}
