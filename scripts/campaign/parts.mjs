// The parts of the campaign, in the order in which they run.
import { soak } from './soak.mjs';

export const PARTS = [{ name: 'soak', text: 'fits, encodes, aborts and disposals at random: flat memory', run: soak }];
