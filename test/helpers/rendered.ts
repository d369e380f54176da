import { JSDOM } from "jsdom";
import { type ComponentType, h } from "preact";
import { render } from "preact-render-to-string";

/** A component with these properties, as a browser has it. */
export function rendered<Props extends object>(component: ComponentType<Props>, props: Props): Element {
  const { document } = new JSDOM(`<body>${render(h(component, props))}</body>`).window;
  return document.body;
}

/** Its text with every gap one space. */
export const textOf = (element: Element | null | undefined): string =>
  element?.textContent?.replace(/[ \n]+/g, " ").trim() ?? "";

/** The texts of all elements that a selector finds. */
export const textsOf = (of: Element, selector: string): string[] => [...of.querySelectorAll(selector)].map(textOf);
