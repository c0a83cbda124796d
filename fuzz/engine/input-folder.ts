/** How the folder of inputs begins; what lies in it is kept in memory by the engine. */
export const INPUT_FOLDER = 'interlatent-fuzz-';
