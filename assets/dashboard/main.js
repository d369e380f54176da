// The page: list and feature side by side, or one at a time on a phone. The place in the address says which feature is shown.
(() => {
  const { element, cosine, featureElements, makeList, featureList, comparedList } = globalThis.dashboard;
  const { trainings, compared } = JSON.parse(document.getElementById("data").textContent);
  const view = document.getElementById("feature");
  const search = document.getElementById("search");
  const count = document.getElementById("count");
  const title = document.title;
  const { rows, columns } = compared ? comparedList(trainings, compared) : featureList(trainings[0]);

  const go = (id) => {
    if (location.hash.slice(1) === id) show();
    else location.hash = id;
  };

  const list = makeList({
    grid: document.getElementById("list"),
    rows,
    columns,
    open: (row) => go(row.id),
    changed: (shown) => {
      count.textContent = `${shown} of ${rows.length}`;
    },
  });

  /** The row that a place in the address names, and which feature of the second training beside it. */
  const rowAt = (place) => {
    const [, ofB, number] = /^(b-)?feature-(\d+)$/.exec(place) ?? [];
    if (number === undefined || (ofB && !compared)) return undefined;
    const feature = Number(number);
    if (!ofB) return { row: rows.find(({ id }) => id === place), feature: undefined };
    const holds = ({ near }) => near.some(([b]) => b === feature);
    const alone = { id: place, a: null, near: [[feature, 1]], outcome: null };
    const row = rows.find(({ id }) => id === place) ?? rows.find(({ near }) => near[0]?.[0] === feature);
    return { row: trainings[1].features[feature] && (row ?? rows.find(holds) ?? alone), feature };
  };

  const stepTo = (row, by, text, label) => {
    const other = list.after(row, by);
    return element("a", other ? { href: `#${other.id}`, "aria-label": label } : { class: "none" }, text);
  };

  const bar = (row, name) =>
    element(
      "div",
      { class: "bar-of-feature" },
      element("a", { href: "#", class: "back" }, "All features"),
      element("h2", { id: "name", tabindex: "-1" }, name),
      element(
        "nav",
        { "aria-label": "Other features" },
        stepTo(row, -1, "←", "Previous in the list"),
        stepTo(row, 1, "→", "Next in the list"),
      ),
    );

  const one = (row) => [
    bar(row, `Feature ${row.feature.feature}`),
    ...featureElements(trainings[0], row.feature, { linkOf: (feature) => `#feature-${feature}` }),
  ];

  /** A feature of the first training, and one of those near it in the second. */
  const two = (row, chosen = row.near[0]?.[0]) => {
    const [a, b] = trainings;
    const half = (training, feature, { prefix, name, choices }) =>
      element(
        "section",
        { class: "half", "aria-label": training.title },
        element("p", { class: "kicker" }, `${name}: ${training.title}`),
        feature === undefined
          ? element("p", { class: "nothing" }, "None is near it.")
          : [
              element("h3", {}, `Feature ${feature}`),
              choices,
              ...featureElements(training, training.features[feature], {
                level: "h4",
                linkOf: (other) => `#${prefix}feature-${other}`,
              }),
            ],
      );
    const choices = element(
      "p",
      { class: "choices" },
      ...row.near.map(([feature, value]) =>
        element(
          "button",
          { type: "button", "aria-pressed": String(feature === chosen), on: { click: () => draw(row, feature) } },
          `Feature ${feature}, cosine ${cosine(value)}`,
        ),
      ),
    );
    return [
      bar(
        row,
        row.a === null
          ? `Feature ${chosen} of B${row.outcome ? `: ${row.outcome}` : ""}`
          : `Feature ${row.a}: ${row.outcome}`,
      ),
      element(
        "div",
        { class: "halves" },
        half(a, row.a ?? undefined, { prefix: "", name: "A", choices: null }),
        half(b, chosen, { prefix: "b-", name: "B", choices: row.a === null ? null : choices }),
      ),
    ];
  };

  let current;
  const draw = (row, feature) => {
    current = row;
    view.replaceChildren(...(compared ? two(row, feature) : one(row)));
    view.parentElement.scrollTop = 0;
    list.mark(row);
  };

  const show = () => {
    const place = decodeURIComponent(location.hash.slice(1));
    const found = rowAt(place);
    document.body.dataset.view = found?.row ? "feature" : "list";
    if (found?.row) {
      draw(found.row, found.feature);
      document.title = `${document.getElementById("name").textContent} · ${title}`;
      document.getElementById("name").focus({ preventScroll: true });
      window.scrollTo(0, 0);
      return;
    }
    document.title = title;
    if (place !== "" && place !== "list") count.textContent = `There is no ${place} here.`;
    if (current) list.focus();
    else if (rows.length > 0) draw(list.first());
  };

  search.addEventListener("input", () => list.search(search.value));
  for (const button of document.querySelectorAll("[data-search]"))
    button.addEventListener("click", () => {
      search.value = search.value === button.dataset.search ? "" : button.dataset.search;
      list.search(search.value);
    });

  const step = (by) => {
    const other = current && list.after(current, by);
    if (other) go(other.id);
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target === search;
    if (event.key === "/" && !isTyping) search.focus();
    else if (isTyping && (event.key === "Enter" || event.key === "Escape" || event.key === "ArrowDown")) list.focus();
    else if (isTyping) return;
    else if (event.key === "Escape" && location.hash.length > 1) location.hash = "";
    else if (event.key === "ArrowRight" && document.body.dataset.view === "feature") step(1);
    else if (event.key === "ArrowLeft" && document.body.dataset.view === "feature") step(-1);
    else return;
    if (isTyping && event.key === "Escape") {
      search.value = "";
      list.search("");
    }
    event.preventDefault();
  });
  window.addEventListener("hashchange", show);
  show();
})();
