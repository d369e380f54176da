// The list of features: sorted, searched, and only the rows in sight are in the page, so that 16 384 are as fast as 100.
(() => {
  const { element } = globalThis.dashboard;
  const beyond = 6;

  /** Rows without a value come last, whichever way the others are sorted. */
  const comparing = (value, direction) => (a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    return direction * (typeof x === "string" ? x.localeCompare(y) : x - y);
  };

  /**
   * A grid of `rows` ({ id, words }) with `columns` ({ name, title, cell, value, first, kind }); `open` is called with the row that
   * is chosen. Arrows, Page Up and Down, Home and End move, Enter opens.
   */
  const makeList = ({ grid, rows, columns, open, changed }) => {
    let shown = rows;
    let active = rows.length > 0 ? rows[0] : null;
    let opened = null;
    let sorted = { column: columns[0], direction: 1 };
    let words = [];
    const body = element("div", { role: "rowgroup", class: "rows" });
    const headings = columns.map((column) =>
      element(
        "div",
        { role: "columnheader", class: `cell ${column.kind}`, title: column.title },
        column.value
          ? element("button", { type: "button", tabindex: "-1", on: { click: () => sortBy(column) } }, column.name)
          : column.name,
      ),
    );
    grid.append(
      element(
        "div",
        { role: "rowgroup", class: "head" },
        element("div", { role: "row", class: "row", "aria-rowindex": 1 }, ...headings),
      ),
      body,
    );

    const rowHeight = () => Number.parseFloat(getComputedStyle(grid).getPropertyValue("--row-height"));
    const headHeight = () => grid.firstElementChild.offsetHeight;

    const rowElement = (row, index) =>
      element(
        "div",
        {
          role: "row",
          class: `row${row === active ? " active" : ""}`,
          id: `row-${row.id}`,
          "aria-rowindex": index + 2,
          "aria-selected": row === opened ? "true" : "false",
          vars: { "--at": index },
          on: { click: (event) => choose(row, event) },
        },
        ...columns.map(({ cell, kind }) => element("div", { role: "gridcell", class: `cell ${kind}` }, cell(row))),
      );

    const draw = () => {
      const height = rowHeight();
      const first = Math.max(0, Math.floor(grid.scrollTop / height) - beyond);
      const last = Math.min(shown.length, Math.ceil((grid.scrollTop + grid.clientHeight) / height) + beyond);
      body.replaceChildren(...shown.slice(first, last).map((row, i) => rowElement(row, first + i)));
      body.style.setProperty("--rows", shown.length);
      grid.setAttribute("aria-rowcount", shown.length + 1);
      const at = active ? shown.indexOf(active) : -1;
      if (at >= first && at < last) grid.setAttribute("aria-activedescendant", `row-${active.id}`);
      else grid.removeAttribute("aria-activedescendant");
    };

    const intoSight = (row) => {
      const at = shown.indexOf(row);
      if (at < 0) return;
      const height = rowHeight();
      const room = grid.clientHeight - headHeight();
      if (at * height < grid.scrollTop) grid.scrollTop = at * height;
      else if ((at + 1) * height > grid.scrollTop + room) grid.scrollTop = (at + 1) * height - room;
    };

    const choose = (row, event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return; // the link in it opens another tab
      event.preventDefault();
      active = row;
      open(row);
    };

    const arrange = () => {
      const { column, direction } = sorted;
      const found = rows.filter((row) => words.every((word) => row.words().includes(word)));
      shown = column.value ? found.sort(comparing(column.value, direction)) : found;
      if (!shown.includes(active)) active = shown[0] ?? null;
      for (const [i, heading] of headings.entries()) {
        if (columns[i] !== column) heading.removeAttribute("aria-sort");
        else heading.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      }
      changed(shown.length);
      draw();
    };

    const sortBy = (column) => {
      const isAgain = sorted.column === column;
      sorted = { column, direction: isAgain ? -sorted.direction : (column.first ?? 1) };
      grid.scrollTop = 0;
      arrange();
    };

    const steps = {
      ArrowDown: () => 1,
      ArrowUp: () => -1,
      PageDown: () => Math.floor(grid.clientHeight / rowHeight()) - 2,
      PageUp: () => 2 - Math.floor(grid.clientHeight / rowHeight()),
      Home: () => -shown.length,
      End: () => shown.length,
    };

    const move = (by) => {
      const at = Math.min(shown.length - 1, Math.max(0, shown.indexOf(active) + by));
      active = shown[at] ?? null;
      intoSight(active);
      draw();
    };

    grid.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("button")) return;
      const step = steps[event.key];
      if (step) move(step());
      else if (event.key === "Enter" && active) open(active);
      else return;
      event.preventDefault();
    });
    grid.addEventListener("scroll", draw, { passive: true });
    new ResizeObserver(draw).observe(grid);
    arrange();

    return {
      search(text) {
        words = text.toLowerCase().split(/\s+/).filter(Boolean);
        grid.scrollTop = 0;
        arrange();
      },
      sortBy: (name) => sortBy(columns.find((column) => column.name === name)),
      /** Marks a row as the open one. */
      mark(row) {
        opened = row;
        if (row && shown.includes(row)) {
          active = row;
          intoSight(row);
        }
        draw();
      },
      /** The row `by` places after another in the list as it is shown. */
      after: (row, by) => (shown.includes(row) ? shown[shown.indexOf(row) + by] : undefined),
      first: () => shown[0] ?? rows[0],
      focus: () => grid.focus(),
    };
  };

  Object.assign(globalThis.dashboard, { makeList });
})();
