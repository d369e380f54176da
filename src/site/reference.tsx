import { slug } from "github-slugger";
import { render } from "preact-render-to-string";
import { type ApiGroup, type ApiName, readApi } from "./api.js";
import { Code } from "./code.js";
import type { Highlight } from "./highlight.js";
import type { RenderMarkdown } from "./markdown.js";
import { relativeHref, type SitePage, sections } from "./page.js";

/** The library's public names as src/index.ts groups them: a list of the groups, and a page of each. */
export function referencePages(markdown: RenderMarkdown, highlight: Highlight): SitePage[] {
  const groups = readApi();
  const pageOf = new Map(groups.flatMap((group) => group.names.map(({ name }) => [name, groupPage(group)] as const)));
  return [
    listPage(groups),
    ...groups.map((group) => {
      const path = groupPage(group);
      const standing = { source: "src/index.ts", page: path };
      /** Types alone: a member may have the name of a function. */
      const linkOf = (name: string): string | undefined => {
        const page = /^[A-Z]/.test(name) ? pageOf.get(name) : undefined;
        return page && `${page === path ? "" : relativeHref(path, page)}#${name}`;
      };
      const Entry = ({ of: { name, documentation, declaration } }: { of: ApiName }) => (
        <section id={name} class="name">
          <h2>
            <a href={`#${name}`}>{name}</a>
          </h2>
          <div dangerouslySetInnerHTML={{ __html: markdown(documentation, standing).html }} />
          <Code html={highlight(declaration, "typescript", (word) => (word === name ? undefined : linkOf(word)))} />
        </section>
      );
      const body = render(
        <main class="reference">
          <h1>{group.title}</h1>
          {group.about !== "" && <p class="lede">{group.about}</p>}
          {group.names.map((name) => (
            <Entry of={name} />
          ))}
        </main>,
      );
      const places = group.names.map(({ name, documentation, declaration }) => ({
        ...{ id: name, title: name, isListed: true },
        text: `${documentation} ${declaration}`,
      }));
      return { path, title: group.title, section: "reference" as const, body, places };
    }),
  ];
}

const groupPage = ({ title }: ApiGroup): string => `reference/${slug(title)}.html`;

function listPage(groups: readonly ApiGroup[]): SitePage {
  const path = sections.reference.start;
  const body = render(
    <main>
      <h1>Reference</h1>
      <p class="lede">
        What <code>import * as snc from "selective-neural-competition"</code> gives, as the package's types declare it.
      </p>
      {groups.map((group) => (
        <>
          <h2>
            <a href={relativeHref(path, groupPage(group))}>{group.title}</a>
          </h2>
          {group.about !== "" && <p>{group.about}</p>}
          <p class="names">
            {group.names.map(({ name }) => (
              <a href={`${relativeHref(path, groupPage(group))}#${name}`}>{name}</a>
            ))}
          </p>
        </>
      ))}
    </main>,
  );
  return { path, title: "All names", section: "reference", body, places: [] };
}
