import { PageHead } from "../base/page-head.js";
import { relativeHref, type SectionName, type SitePage, sections } from "./page.js";
import { policyOf } from "./policy.js";

/** A page in the frame of all: policy, style, navigation, foot, scripts. `siblings`: the pages of its part, in order. */
export const Frame = ({ page, siblings, foot }: { page: SitePage; siblings: readonly SitePage[]; foot: string }) => {
  const to = (file: string): string => relativeHref(page.path, file);
  const { style = "" } = page;
  const isBeside = siblings.length > 1;
  return (
    <html lang="en">
      <PageHead title={page.title} policy={policyOf(style)}>
        <link rel="stylesheet" href={to("assets/site.css")} />
        {style !== "" && <style dangerouslySetInnerHTML={{ __html: style }} />}
      </PageHead>
      <body class={isBeside ? "beside" : undefined}>
        <a class="skip" href="#page-content">
          To the content
        </a>
        <nav class="site" aria-label="Site">
          <ul>
            {Object.entries(sections).map(([id, { name, start }]) => (
              <li>
                <a href={to(start)} aria-current={currency(page, id as SectionName, start)}>
                  {name}
                </a>
              </li>
            ))}
          </ul>
        </nav>
        <div id="page-content" class="content" tabIndex={-1} dangerouslySetInnerHTML={{ __html: page.body }} />
        {isBeside && <Siblings page={page} siblings={siblings} />}
        <footer>
          <p>{foot}</p>
        </footer>
        {page.scripts?.map((script) => (
          <script src={to(`assets/${script}`)} />
        ))}
      </body>
    </html>
  );
};

const currency = (page: SitePage, section: SectionName, start: string): "page" | "true" | undefined =>
  page.path === start ? "page" : page.section === section ? "true" : undefined;

/** The pages of the same part, the places of this one below it. */
const Siblings = ({ page, siblings }: { page: SitePage; siblings: readonly SitePage[] }) => (
  <nav class="siblings" aria-label={`${sections[page.section].name}: pages`}>
    <ul>
      {siblings.map((sibling) => (
        <li>
          <a href={relativeHref(page.path, sibling.path)} aria-current={sibling === page ? "page" : undefined}>
            {sibling.title}
          </a>
          {sibling === page && page.places.some(({ isListed }) => isListed) && (
            <ul>
              {page.places
                .filter(({ isListed }) => isListed)
                .map(({ id, title }) => (
                  <li>
                    <a href={`#${encodeURIComponent(id)}`}>{title}</a>
                  </li>
                ))}
            </ul>
          )}
        </li>
      ))}
    </ul>
  </nav>
);
