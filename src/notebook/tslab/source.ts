import ts from "@tslab/typescript-for-tslab";

/** A place in a cell; line and column count from 1. */
interface Position {
  line: number;
  column: number;
}

/** A cell as tslab can compile it, and the way back to what was written. */
export interface PreparedSource {
  written: string;
  text: string;
  /** The place in `written` of a place in `text`. */
  writtenPosition(inText: Position): Position;
}

/** Where `: name` goes so that every shorthand `{name}` becomes `{name: name}`, in source order. */
function shorthandNames(source: string): { end: number; name: string }[] {
  const file = ts.createSourceFile("cell.ts", source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const found: { end: number; name: string }[] = [];
  const visit = (node: ts.Node): void => {
    // `{__proto__}` makes an own property and `{__proto__: x}` sets the prototype: that one is not the same.
    if (ts.isShorthandPropertyAssignment(node) && node.name.text !== "__proto__") {
      found.push({ end: node.name.getEnd(), name: node.name.text });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/**
 * Rewrites what tslab compiles wrongly although it means the same: tslab turns a variable of an earlier cell into
 * `exports.name`, but not where it stands as a shorthand property.
 */
export function prepareSource(written: string): PreparedSource {
  let text = "";
  let copied = 0;
  /** For each insertion, its line and column in `text` (from 1) and its length. */
  const insertions: (Position & { length: number })[] = [];
  for (const { end, name } of shorthandNames(written)) {
    text += written.slice(copied, end);
    insertions.push({ ...endPosition(text), length: name.length + 2 });
    text += `: ${name}`;
    copied = end;
  }
  text += written.slice(copied);
  return {
    written,
    text,
    writtenPosition({ line, column }) {
      let shift = 0;
      for (const insertion of insertions) {
        if (insertion.line === line && insertion.column < column)
          shift += Math.min(insertion.length, column - insertion.column);
      }
      return { line, column: column - shift };
    },
  };
}

function endPosition(text: string): Position {
  const lineStart = text.lastIndexOf("\n") + 1;
  return { line: text.split("\n").length, column: text.length - lineStart + 1 };
}
