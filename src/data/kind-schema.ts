// Schema of the kind of a column. Editors of study files show what each kind is for.

import * as z from 'zod';
import { COLUMN_KINDS, kindNamed } from '../likelihoods/kinds.js';

export const kindSchema = z.enum(COLUMN_KINDS).meta({
  title: 'kind of column',
  anyOf: COLUMN_KINDS.map((kind) => ({ const: kind, description: kindNamed(kind).documentation.for })),
});
