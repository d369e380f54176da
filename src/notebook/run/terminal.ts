/** Text as a terminal shows it: a carriage return starts the line again, a backspace takes a character back. */
export function asTerminal(text: string): string {
  if (!isControlled(text)) return text;
  const lines = withoutBackspaces(text).split("\n");
  return lines.map((line, i) => lastOverwrite(line, i === lines.length - 1)).join("\n");
}

/** Whether a terminal would show this text otherwise than it is. */
export const isControlled = (text: string): boolean => text.includes("\r") || text.includes("\b");

function withoutBackspaces(text: string): string {
  if (!text.includes("\b")) return text;
  const kept: string[] = [];
  for (const character of text) {
    if (character === "\b" && kept.length > 0 && kept.at(-1) !== "\n") kept.pop();
    else kept.push(character);
  }
  return kept.join("");
}

/** What the last carriage return left of a line; one at the end of the open line waits for what overwrites it. */
function lastOverwrite(line: string, isOpen: boolean): string {
  const written = line.replace(/\r+$/, "");
  const pending = isOpen && written !== line ? "\r" : "";
  return written.slice(written.lastIndexOf("\r") + 1) + pending;
}
