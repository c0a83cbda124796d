// Checks of the parts of a discovered graph in JSON: tested links, and environments.

import { DIRECTION_SOURCES, DIRECTION_VERDICTS, LINK_REASONS, LINK_VERDICTS } from './discovery/link-figures.js';
import { boolean, list, number, object, oneOf, optional, text, whole } from './json-fields.js';

const share = number(0, 1);
const correlation = number(-1, 1);
const relation = object({ estimate: correlation, lower: correlation, upper: correlation, p: share });

export const link = object({
  first: text,
  second: text,
  verdict: oneOf(LINK_VERDICTS),
  reason: optional(oneOf(LINK_REASONS)),
  sign: optional(oneOf(['+', '−'])),
  association: optional(relation),
  direct: optional(relation),
  conditioning: list(text),
  q: optional(share),
  oneOf: optional(list(object({ from: text, to: list(text), q: share }))),
  direction: object({
    verdict: oneOf(DIRECTION_VERDICTS),
    from: optional(text),
    to: optional(text),
    by: optional(oneOf(DIRECTION_SOURCES)),
    share: optional(share),
    cause: optional(object({ name: text, level: optional(text) })),
  }),
});

export const environments = object({
  name: text,
  reference: optional(text),
  assigned: boolean,
  levels: list(object({ level: text, rows: whole(0), targets: list(text), isKnown: boolean })),
});
