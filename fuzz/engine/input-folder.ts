/** Prefix of the name of the input folder, whose files the engine holds in memory. */
export const INPUT_FOLDER = 'interlatent-fuzz-';
