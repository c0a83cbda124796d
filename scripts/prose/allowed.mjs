// What the prose lint permits although a rule refuses it. Keep this list short; the lint reports an entry that permits
// nothing any more.

/**
 * Each entry has a `rule`, a pattern `in` for the path of the file, a pattern `text` for the refused word, name or
 * sentence, and `because` with the reason.
 */
export const ALLOWED = [
  {
    rule: 'names',
    in: /^src\/networks\/component-map\.ts$/,
    text: /kept/,
    because: 'it is a part of the names of tensors in model.safetensors',
  },
  {
    rule: 'words',
    in: /^test\/networks\/residual-networks\.test\.ts$/,
    text: /^pictures?$/,
    because: 'it is a seed that test/golden/make_residual.py shares, and golden values depend on it',
  },
  {
    rule: 'names',
    in: /^test\/files\/files\.test\.ts$/,
    text: /^made$/,
    because: 'it is a key in the metadata of test/golden/weights.safetensors',
  },
  {
    rule: 'names',
    in: /^test\/causal\/kernel-compatibility\.test\.ts$/,
    text: /^given$/,
    because: 'it is a key of the data file with the answers of causal-learn',
  },
];
