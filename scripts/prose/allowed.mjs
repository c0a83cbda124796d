// What the prose lint permits although a rule refuses it. Keep this list short; the lint reports an entry that permits
// nothing any more.

/**
 * Each entry has a `rule`, a pattern `in` for the path of the file, a pattern `text` for the refused word, name or
 * sentence, and `because` with the reason.
 */
export const ALLOWED = [
  {
    rule: 'names',
    in: /^src\/models\/component-map\.ts$/,
    text: /kept/,
    because: 'it is a part of the names of tensors in model.safetensors',
  },
];
