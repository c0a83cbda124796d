// What is dropped on the page or chosen, told apart: the files of a model, tables of people, a study file.

const OF_MODEL = ['run.json', 'model.safetensors', 'graph.json', 'metrics.jsonl'];
const IMAGES = /\.(png|jpe?g|webp)$/i;
/** What a fit writes beside its model: answers, not measurements. */
const OF_FIT = ['latents.csv', 'latents-in-sample.csv', 'folds.csv', 'subjects.json', 'report.html'];

/** @returns files with the folder that each lay in */
export async function droppedFiles({ items, files }) {
  const entries = [...items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...files].map((file) => ({ file, folder: '' }));
  return (await Promise.all(entries.map((entry) => filesUnder(entry, '')))).flat();
}

async function filesUnder(entry, folder) {
  if (entry.isFile) return [{ file: await new Promise((resolve, reject) => entry.file(resolve, reject)), folder }];
  const reader = entry.createReader();
  const found = [];
  // A browser gives a folder's entries a hundred at a time, and none when it has given all.
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) break;
    found.push(...some);
  }
  return (await Promise.all(found.map((inner) => filesUnder(inner, `${folder}/${entry.name}`)))).flat();
}

/** @param files of an input */
export const chosenFiles = (files) =>
  [...files].map((file) => ({ file, folder: (file.webkitRelativePath ?? '').replace(/[^/]*$/, '') }));

/** @returns the files of the model, the tables, images by their paths, and the study file; each may be missing */
export function sorted(found) {
  const folders = found.filter(({ file }) => file.name === 'run.json').map(({ folder }) => folder);
  const isOfFit = ({ file, folder }) =>
    folders.includes(folder) && (folder !== '' ? !OF_MODEL.includes(file.name) : OF_FIT.includes(file.name));
  const others = found.filter((one) => !OF_MODEL.includes(one.file.name) && !isOfFit(one));
  const named = (pattern) => others.filter(({ file }) => pattern.test(file.name)).map(({ file }) => file);
  const images = others.filter(({ file }) => IMAGES.test(file.name));
  return {
    model: found.filter(({ file }) => OF_MODEL.includes(file.name)).map(({ file }) => file),
    tables: named(/\.(csv|tsv|txt)(\.gz)?$/i),
    images: Object.fromEntries(images.map(({ file, folder }) => [`${folder.replace(/\/$/, '')}/${file.name}`, file])),
    study: named(/\.ya?ml$/i)[0],
    unknown: others
      .filter(({ file }) => !IMAGES.test(file.name) && !/\.(csv|tsv|txt|ya?ml)(\.gz)?$/i.test(file.name))
      .map(({ file }) => file.name),
  };
}
