// Loads optional peer dependencies, which read and write some file formats.

import { InputError } from '../errors/errors.js';
import { causeMessage } from '../errors/cause.js';

/**
 * Loads a package.
 * @param what beginning of a sentence: the files that it reads, with a verb
 * @param verb what it does with them, as a participle
 * @throws InputError `missing-peer`
 */
export async function loadPeer<Peer>(
  name: string,
  what: string,
  load: () => Promise<Peer>,
  verb = 'read',
): Promise<Peer> {
  try {
    return await load();
  } catch (cause) {
    const [reason] = causeMessage(cause).split('\n', 1);
    throw new InputError(
      'missing-peer',
      `${what} ${verb} by the package ${name}, which cannot be loaded (${reason}); install it: npm install ${name}`,
      { package: name },
      cause,
    );
  }
}
