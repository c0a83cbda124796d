// Loads optional peer dependencies, which read some file formats.

import { InputError } from '../errors/errors.js';
import { causeMessage } from '../errors/cause.js';

/**
 * Loads a package.
 * @param what beginning of a sentence: the files that it reads, with a verb
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
