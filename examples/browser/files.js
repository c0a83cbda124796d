// Sorts files that were dropped on the page or chosen: files of a model, tables of people, images, a study file.

const MODEL_FILES = ['run.json', 'model.safetensors', 'graph.json', 'metrics.jsonl'];
const IMAGES = /\.(png|jpe?g|webp)$/i;
/** Files that a fit writes in addition to its model. They contain results, not measurements. */
const RESULT_FILES = ['latents.csv', 'latents-in-sample.csv', 'folds.csv', 'subjects.json', 'report.html'];

const isOfModel = ({ name }) => MODEL_FILES.includes(name);

/** Returns dropped files with their folders. */
export async function droppedFiles({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...files].map((file) => ({ file, folder: '' }));
  return (await Promise.all(entries.map((entry) => filesUnder(entry, '')))).flat();
}

async function filesUnder(entry, folder) {
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), folder }];
  const reader = entry.createReader();
  const inside = [];
  // Browsers return about a hundred entries of a folder in each call, and no entries after the last.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    inside.push(...some);
  }
  return (await Promise.all(inside.map((inner) => filesUnder(inner, `${folder}/${entry.name}`)))).flat();
}

/**
 * Returns chosen files with their folders.
 * @param files those of an input element
 */
export const chosenFiles = (files) =>
  [...files].map((file) => ({ file, folder: (file.webkitRelativePath ?? '').replace(/[^/]*$/, '') }));

/**
 * Returns the files of the model, the tables, images by their paths, the study file and the names of unknown files.
 * Each may be missing.
 */
export function sorted(files) {
  const runFolders = files.filter(({ file }) => file.name === 'run.json').map(({ folder }) => folder);
  const isResult = ({ file, folder }) =>
    runFolders.includes(folder) && (folder !== '' ? !isOfModel(file) : RESULT_FILES.includes(file.name));
  const inputs = files.filter((one) => !isOfModel(one.file) && !isResult(one));
  const named = (pattern) => inputs.filter(({ file }) => pattern.test(file.name)).map(({ file }) => file);
  const images = inputs.filter(({ file }) => IMAGES.test(file.name));
  return {
    model: files.filter(({ file }) => isOfModel(file)).map(({ file }) => file),
    tables: named(/\.(csv|tsv|txt)(\.gz)?$/i),
    images: Object.fromEntries(images.map(({ file, folder }) => [`${folder.replace(/\/$/, '')}/${file.name}`, file])),
    study: named(/\.ya?ml$/i)[0],
    unknown: inputs
      .filter(({ file }) => !IMAGES.test(file.name) && !/\.(csv|tsv|txt|ya?ml)(\.gz)?$/i.test(file.name))
      .map(({ file }) => file.name),
  };
}
