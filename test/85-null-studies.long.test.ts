// Evidence where subjects lack modalities: of many studies without signal few come out with one.

import { test } from '@jest/globals';
import { checkNullStudies } from './holed-studies.js';

test('null studies with holes come out empty, but for one in twenty', () => checkNullStudies(6), 1_800_000);
