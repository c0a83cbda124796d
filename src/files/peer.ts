// Libraries that read some kinds of files, optional peers: who has no such files needs none.

import { InputError } from '../errors.js';
import { causeMessage } from './cause.js';

/**
 * @param what it reads, the beginning of a sentence
 * @throws InputError `missing-peer`
 */
export async function loadPeer<Peer>(name: string, what: string, load: () => Promise<Peer>): Promise<Peer> {
  try {
    return await load();
  } catch (cause) {
    const [reason] = causeMessage(cause).split('\n', 1);
    throw new InputError(
      'missing-peer',
      `${what} read by the package ${name}, which cannot be loaded (${reason}); install it: npm install ${name}`,
      { package: name },
      cause,
    );
  }
}
