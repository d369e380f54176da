// What the page is made of. Every text is set as text: nothing in a token can become markup.
(() => {
  const fill = (element, attributes, children) => {
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
      else if (name === "vars")
        for (const [variable, number] of Object.entries(value)) element.style.setProperty(variable, number);
      else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  };

  const element = (name, attributes = {}, ...children) => fill(document.createElement(name), attributes, children);

  const drawn = (name, attributes = {}, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

  /** Three digits, with a minus sign as wide as a digit. */
  const numeral = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
  const percent = (share) => `${numeral(100 * share)} %`;
  const cosine = (value) => value.toFixed(2).replace("-", "−");

  globalThis.dashboard = { element, drawn, numeral, percent, cosine };
})();
