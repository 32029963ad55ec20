// Runs first in every frame: tells the driver of whatever runs besides it.
// Report-only policies name each script, handler and javascript: address that Chromium
// is about to run, and stop none of them.
"use strict";
const frame = frameElement;
const ran = (how, what) =>
  parent.ran(frame.dataset.name, frame.dataset.way ?? "document", how, String(what));
addEventListener(
  "securitypolicyviolation",
  (e) => ran("policy", `${e.effectiveDirective} ${e.blockedURI} ${e.sample}`),
  true,
);
for (const name of ["alert", "confirm", "prompt", "print", "open", "eval"]) {
  window[name] = (what) => ran("call", `${name} ${what}`);
}
// A javascript: address may go where it leads; an ordinary one would only end the frame.
addEventListener("click", (e) => {
  const link = e.target.closest?.("a[href], area[href]");
  const to = link?.protocol ?? "";
  if (["http:", "https:", "mailto:", "tel:"].includes(to)) e.preventDefault();
});
addEventListener("submit", (e) => {
  if (!e.target.action.startsWith("javascript:")) e.preventDefault();
});
