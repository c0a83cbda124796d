// Reads background knowledge from a text in YAML or JSON.

import { parseKnowledge, type BackgroundKnowledge } from '../causal/index.js';
import { InputError } from '../errors/errors.js';
import { readYaml, YamlError } from '../files/yaml-document.js';

/**
 * Reads background knowledge.
 * @param path path for errors
 * @throws InputError `invalid-knowledge`
 */
export function readKnowledgeText(text: string, path: string): BackgroundKnowledge {
  try {
    return parseKnowledge(readYaml(text).value, path);
  } catch (cause) {
    if (!(cause instanceof YamlError)) throw cause;
    const place = cause.place === undefined ? path : `${path}:${cause.place}`;
    throw new InputError('invalid-knowledge', `${place}: neither YAML nor JSON: ${cause.message}`, { path }, cause);
  }
}
