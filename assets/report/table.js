// Sorting and filtering of the table of claims, by mouse and keyboard. Without scripts the table is complete and in the
// paper's order.
(() => {
  const table = document.querySelector("table.claims");
  const tests = [...table.tBodies];
  const sentences = [...table.querySelectorAll("[data-section]")];
  const form = document.querySelector(".filters");
  const { text, section, verdict, weight } = form.elements;
  const counts = [...document.querySelectorAll("button.count")];

  const numberOf = (test, column) => {
    const { value } = test.rows[0].cells[column].dataset;
    return value === undefined ? undefined : Number(value);
  };

  /** Tests without a value come last, whichever way the others are sorted; equal ones keep the paper's order. */
  const sortBy = (column, direction) => {
    const compare = (a, b) => {
      const [x, y] = [numberOf(a, column), numberOf(b, column)];
      if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
      return direction * (x - y);
    };
    table.append(...[...tests].sort(compare));
  };

  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const isRising = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", isRising ? "descending" : "ascending");
      sortBy(column, isRising ? -1 : 1);
    });
  });
  headings[0].setAttribute("aria-sort", "ascending");

  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const isFound = ({ dataset }) =>
      (section.value === "" || dataset.section === section.value) &&
      (weight.value === "" || dataset.weight === weight.value) &&
      words.every((word) => dataset.text.includes(word));
    let found = 0;
    for (const test of tests) {
      const hasVerdict = verdict.value === "" || test.dataset.verdict === verdict.value;
      const ofTest = hasVerdict ? [...test.querySelectorAll("[data-section]")].filter(isFound) : [];
      test.hidden = ofTest.length === 0; // of a test with a sentence that is found, all stand together
      found += ofTest.length;
    }
    const shown = tests.filter(({ hidden }) => !hidden).length;
    for (const count of counts) count.setAttribute("aria-pressed", String(count.dataset.verdict === verdict.value));
    document.querySelector(".shown").textContent =
      `${found} of ${sentences.length} claims, in ${shown} test${shown === 1 ? "" : "s"}`;
    document.querySelector(".nothing").hidden = shown > 0;
  };

  for (const count of counts) {
    count.disabled = false;
    count.addEventListener("click", () => {
      verdict.value = verdict.value === count.dataset.verdict ? "" : count.dataset.verdict;
      filter();
    });
  }
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.addEventListener("submit", (event) => event.preventDefault());
  form.hidden = false;
  filter(); // what a browser kept of the form when the page was reloaded

  /** A link to a claim shows it, whatever is filtered, with what stands behind it. */
  const openTarget = () => {
    const claim = sentences.find(({ id }) => id === decodeURIComponent(location.hash.slice(1)));
    if (!claim) return;
    if (claim.closest("tbody").hidden) {
      form.reset();
      setTimeout(() => claim.scrollIntoView());
    }
    claim.nextElementSibling.querySelector("details").open = true;
  };
  window.addEventListener("hashchange", openTarget);
  openTarget();
})();
