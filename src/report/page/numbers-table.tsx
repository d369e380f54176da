/** A table of numbers, the first row as heading and the first column as headings of rows; it scrolls by itself. */
export const NumbersTable = ({ title, rows: [header, ...lines] }: { title: string; rows: string[][] }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with a keyboard
  <section class="scrolling" aria-label={title} tabIndex={0}>
    <table class="metrics">
      <caption>{title}</caption>
      <thead>
        <tr>
          {header.map((name, i) => (
            <th scope="col" class={i === 0 ? undefined : "number"}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {lines.map(([first, ...cells]) => (
          <tr>
            <th scope="row">{first}</th>
            {cells.map((cell) => (
              <td class="number">{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
