import createDOMPurify from "dompurify";
import { JSDOM } from "jsdom";
import { sha256 } from "../base/files.js";

const { window } = new JSDOM("");
const purify = createDOMPurify(window);

/** What a notebook's output may set of its style: text, tables and their colours, nothing that moves or covers. */
const allowedProperties = new Set([
  ...["text-align", "vertical-align", "white-space", "color", "background-color", "opacity", "text-decoration"],
  ...["font-size", "font-weight", "font-style", "font-variant-numeric", "border-collapse"],
  ...["margin", "margin-top", "margin-right", "margin-bottom", "margin-left"],
  ...["padding", "padding-top", "padding-right", "padding-bottom", "padding-left"],
]);

/** HTML of a stranger without anything that runs, loads, or reaches out of its place; styles as classes with their rules. */
export interface Sanitized {
  html: string;
  /** Rules by class: the page's policy allows no style in attributes. */
  rules: ReadonlyMap<string, string>;
}

/** Makes HTML of a notebook's output safe to stand in a page of the site. */
export function sanitized(dirty: string): Sanitized {
  const body = purify.sanitize(dirty, {
    USE_PROFILES: { html: true },
    FORBID_TAGS: ["style", "form", "input", "button", "select", "textarea", "dialog", "audio", "video", "source"],
    FORBID_ATTR: ["id", "class", "name", "srcset", "background", "tabindex", "contenteditable"],
    ALLOW_DATA_ATTR: false,
    RETURN_DOM: true,
  });
  const rules = new Map<string, string>();
  for (const element of body.querySelectorAll<HTMLElement>("*")) {
    const rule = allowedRule(element.style);
    element.removeAttribute("style");
    if (rule !== "") {
      const name = `s-${sha256(rule).slice(0, 8)}`;
      rules.set(name, rule);
      element.className = name;
    }
    if (element.hasAttribute("src") && !/^data:image\/(?:png|jpeg|gif|webp);/.test(element.getAttribute("src")!))
      element.replaceWith(element.getAttribute("alt") ?? "");
  }
  for (const heading of body.querySelectorAll("th")) if (heading.textContent === "") retag(heading, "td");
  return { html: body.innerHTML, rules };
}

/** The heading of a column without a name is no heading to those who listen to the page. */
function retag(element: Element, tag: string): void {
  const other = element.ownerDocument.createElement(tag);
  other.className = element.className;
  element.replaceWith(other);
}

const allowedRule = (style: CSSStyleDeclaration): string =>
  Array.from(style)
    .filter((property) => allowedProperties.has(property))
    .map((property) => [property, style.getPropertyValue(property)])
    .filter(([, value]) => /^[\w\s.,%()#-]+$/.test(value) && !/url|var/i.test(value))
    .map(([property, value]) => `${property}:${value}`)
    .join(";");
