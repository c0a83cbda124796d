// Which NVIDIA driver a CUDA library needs.

import { expect, test } from '@jest/globals';
import { driverProblem, driverRelease, neededDriver } from '../../src/runtime/cuda-driver.js';
import { scratch } from '../fixtures/scratch.js';

const { file } = scratch();

test.each([
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.183.01  Sun May 12 19:39:15 UTC 2024', '535.183.01'],
  ['NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder)', '580.65.06'],
  ['NVRM version: NVIDIA UNIX x86_64 Kernel Module  470.256  Thu Apr 25 2024\nGCC version:  gcc 12.2.0', '470.256'],
  ['GCC version:  gcc version 12.2.0 (Debian)', undefined],
])('the release of a driver is read from %s', (text, release) => {
  expect(driverRelease(file('version', `${text}\n`))).toBe(release);
});

test('a computer without the file has no release', () => {
  expect(driverRelease(file('nowhere'))).toBeUndefined();
});

test('the problem of an old driver names its release', () => {
  expect(driverProblem('12.4', '11.4', '470.256.02')).toBe(
    'NVIDIA driver 470.256.02 supports CUDA up to 11.4; the CUDA library was built with CUDA 12.4 and needs driver ' +
      '525.60.13 or later',
  );
  expect(driverProblem('14.0', '13.1', undefined)).toMatch(/and needs CUDA 14\.0$/);
});

test('a driver runs libraries of its major version and of older ones', () => {
  expect(driverProblem('12.4', '12.0')).toBeUndefined();
  expect(driverProblem('12.4', '13.0')).toBeUndefined();
  expect(neededDriver('12.4')).toEqual({ cuda: '12.0', release: '525.60.13' });
});
