/**
 * Patterns of Python's tokenizers are Oniguruma's (Ruby's syntax, Unicode 16); JavaScript reads some of the same signs
 * otherwise: its \s has U+FEFF and lacks U+0085, its $ and . know other line ends, its Unicode is that of the Node that
 * runs. So each pattern is read here, sign by sign, and written out in what means the same; what is not known is refused.
 */

/** Letters, numbers, marks and signs of Unicode 17, members of a class: Oniguruma and Rust's patterns do not know them; Node may. */
export const unicode17: string = ranges(
  "88f c5c cdc 1acf-1add 1ae0-1aeb 20c1 2b96 a7ce-a7cf a7d2 a7d4 a7f1 fbc3-fbd2 fd90-fd91 fdc8-fdce 10940-10959 10ec5-10ec7",
  "10ed0-10ed8 10efa-10efb 11b60-11b67 11db0-11ddb 11de0-11de9 16ea0-16eb8 16ebb-16ed3 16ff2-16ff6 187f8-187ff 18d09-18d1e",
  "18d80-18df2 1ccfa-1ccfc 1ceba-1ced0 1cee0-1cef0 1e6c0-1e6de 1e6e0-1e6f5 1e6fe-1e6ff 1f6d8 1f777-1f77a 1f8d0-1f8d8",
  "1fa54-1fa57 1fa8a 1fa8e 1fac8 1facd 1faea 1faef 1fbfa 2b73a-2b73f 2cea2-2cead 323b0-33479",
);

/** Properties whose members are the same in Oniguruma and in JavaScript, code point by code point, but for `unicode17`. */
const properties = new Set(["L", "Lu", "Ll", "Lt", "Lm", "Lo", "M", "N", "Nd", "P", "S", "Z", "Han"]);

const whiteSpace = "\\p{White_Space}";
const controls: Record<string, number> = { n: 10, r: 13, t: 9, f: 12, v: 11 };

/** What one sign or escape stands for: a single code point, or a set of them written as a class of JavaScript's v flag. */
type Atom = { point: number } | { set: string };

/** The pattern as JavaScript reads it, for all matches in a text; throws with the part that is not known. */
export function regexOf(pattern: string): RegExp {
  return new RegExp(translate(pattern), "gv");
}

function translate(pattern: string): string {
  let out = "";
  let rest = pattern;
  const take = (text: string, meaning: string): void => {
    rest = rest.slice(text.length);
    out += meaning;
  };
  while (rest !== "") {
    const group = /^\((?:\?(?:[:=!]|<[=!]))?(?!\?)/.exec(rest)?.[0];
    const anyCase = /^\(\?i:([A-Za-z'|]+)\)/.exec(rest);
    const repeat = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(rest)?.[0];
    if (anyCase) take(anyCase[0], `(?:${inAnyCase(anyCase[1])})`);
    else if (group) take(group, group === "(" ? "(?:" : group);
    else if (rest[0] === ")" || rest[0] === "|") take(rest[0], rest[0]);
    else if (repeat) {
      const lazy = rest[repeat.length] === "?" && !/^\{\d+\}$/.test(repeat) ? "?" : "";
      take(repeat + lazy, repeat + lazy);
      if (/^[*+?]/.test(rest)) throw unknown(`the quantifier ${repeat}${lazy}${rest[0]}`); // possessive, or one upon another
    } else if (rest[0] === ".") take(".", "[^\\n]");
    else if (rest[0] === "$") take("$", "(?:(?=\\n)|$)");
    else if (/^[\^[\]{}(]/.test(rest) && rest[0] !== "[") throw unknown(rest.slice(0, 4));
    else if (rest[0] === "[") {
      const { length, set } = readClass(rest);
      take(rest.slice(0, length), set);
    } else {
      const { length, atom } = readAtom(rest);
      take(rest.slice(0, length), written(atom));
    }
  }
  return out;
}

/** A class in brackets, from its [ on. */
function readClass(text: string): { length: number; set: string } {
  const negated = text[1] === "^";
  let at = negated ? 2 : 1;
  const first = at;
  const members: string[] = [];
  while (text[at] !== "]" || at === first) {
    if (at >= text.length || /^(?:[[\]]|&&)/.test(text.slice(at))) throw unknown(text.slice(0, at + 2));
    const from = readAtom(text.slice(at));
    at += from.length;
    const isRange = text[at] === "-" && text[at + 1] !== "]" && at + 1 < text.length;
    if (!isRange) members.push(written(from.atom));
    else {
      const to = readAtom(text.slice(at + 1));
      if (!("point" in from.atom && "point" in to.atom) || text[at + 1] === "[") throw unknown(text.slice(0, at + 2));
      members.push(`${written(from.atom)}-${written(to.atom)}`);
      at += 1 + to.length;
    }
  }
  return { length: at + 1, set: `[${negated ? "^" : ""}${members.join("")}]` };
}

/** One sign or one escape. */
function readAtom(text: string): { length: number; atom: Atom } {
  if (text[0] !== "\\") {
    const point = text.codePointAt(0)!;
    return { length: String.fromCodePoint(point).length, atom: { point } };
  }
  const property = /^\\([pP])\{(\w+)\}/.exec(text);
  if (property && properties.has(property[2]))
    return { length: property[0].length, atom: { set: withProperty(property[2], property[1] === "P") } };
  const code = /^\\(?:x\{([0-9A-Fa-f]{1,6})\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4}))/.exec(text);
  if (code) return { length: code[0].length, atom: { point: Number.parseInt(code[1] ?? code[2] ?? code[3], 16) } };
  const sign = text[1] ?? "";
  const known: Record<string, Atom> = {
    s: { set: whiteSpace },
    S: { set: `[^${whiteSpace}]` },
    d: { set: withProperty("Nd", false) },
    D: { set: withProperty("Nd", true) },
  };
  const atom = Object.hasOwn(known, sign)
    ? known[sign]
    : Object.hasOwn(controls, sign)
      ? { point: controls[sign] }
      : /^[!-/:-@[-`{-~ ]$/.test(sign)
        ? { point: sign.codePointAt(0)! }
        : undefined;
  if (!atom) throw unknown(property?.[0] ?? text.slice(0, 2));
  return { length: 2, atom };
}

function withProperty(name: string, negated: boolean): string {
  const members = `\\p{${name === "Han" ? "Script=Han" : name}}`;
  // ʕ was a small letter until Unicode 16 and is one without case since.
  const set = name === "Ll" ? `[${members}\\u{295}]` : members;
  const set16 = `[${set}--[${unicode17}${name === "Lo" ? "\\u{295}" : ""}]]`;
  return negated ? `[^${set16}]` : set16;
}

/** Alternatives of plain letters in either case, with the two signs beyond ASCII that fold to a letter: ſ and the Kelvin sign. */
function inAnyCase(letters: string): string {
  const ligature = /ss|ff|fi|fl|st/i.exec(letters)?.[0]; // one sign, such as ß or ﬁ, folds to these two
  if (ligature) throw unknown(`(?i:…${ligature}…)`);
  return letters.replace(/[a-z]/gi, (letter) => {
    const beyond: Record<string, string> = { s: "\\u{17f}", k: "\\u{212a}" };
    return `[${letter.toLowerCase()}${letter.toUpperCase()}${beyond[letter.toLowerCase()] ?? ""}]`;
  });
}

const written = (atom: Atom): string => ("set" in atom ? atom.set : `\\u{${atom.point.toString(16)}}`);
const unknown = (part: string): Error => new Error(`a pattern without ${part}, whose meaning here is not known`);

/** Ranges of code points, in hexadecimal, as members of a class. */
export function ranges(...lists: string[]): string {
  const members = lists.flatMap((list) => list.split(" "));
  return members.map((range) => range.replace(/[0-9a-f]+/g, (code) => `\\u{${code}}`)).join("");
}
