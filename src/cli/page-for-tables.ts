import { readFile } from "node:fs/promises";
import { SncError } from "../base/errors.js";
import { exists, sha256, writeFileAtomic } from "../base/files.js";
import { withBetween } from "../base/markdown.js";

/** A Markdown page that holds the tables of a command between two marks. */
export interface PageForTables {
  /**
   * Puts the tables between the marks, in place of what stands there; the page is written whole. A picture of the same, an SVG, is
   * written beside it under the page's name, and says which tables it belongs to.
   */
  write(tables: string, picture?: string): Promise<void>;
}

/**
 * The page of the option `--table FILE`; its marks name the command that fills it. Throws a usage error where there is no page, or one without the marks of this
 * command: asked before anything is computed.
 */
export async function pageForTables(file: string, command: string): Promise<PageForTables> {
  const marks = { begin: `<!-- The table below is written by \`${command}\`. -->`, end: "<!-- End of the table. -->" };
  const pageWith = async (text: string): Promise<string> => {
    const page = (await exists(file)) ? await readFile(file, "utf8") : undefined;
    const written = page && withBetween(page, text, marks);
    if (written !== undefined && written !== "") return written;
    const found = page === undefined ? "no such file" : "a page without them";
    throw new SncError(
      "usage",
      `--table ${file}: expected a page with the lines ${marks.begin} and ${marks.end}, found ${found}`,
    );
  };
  await pageWith("");
  return {
    async write(tables, picture) {
      await writeFileAtomic(file, await pageWith(tables));
      if (picture === undefined) return;
      const belongs = `<!-- of the tables with sha256 ${sha256(tables)} -->`;
      await writeFileAtomic(file.replace(/\.md$/, ".svg"), picture.replace(/<\/svg>\s*$/, `${belongs}</svg>\n`));
    },
  };
}
