/* Tables and code that are wider than the screen scroll by themselves: Tab reaches those, so that the arrows scroll. */
const reach = () => {
  for (const part of document.querySelectorAll(".md-typeset__scrollwrap, .md-typeset pre > code")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
addEventListener("load", () => new ResizeObserver(reach).observe(document.querySelector("article")));
