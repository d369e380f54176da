/** Width and number of blocks, from the models' published configurations. */
export const publishedModels = {
  "Gemma-2B": { width: 2048, blocks: 18, source: "config.json of google/gemma-2b" },
  "Gemma-2-2B": { width: 2304, blocks: 26, source: "config.json of google/gemma-2-2b" },
};
