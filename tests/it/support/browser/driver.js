// Shows every case in frames of its own, touches all that can be touched, and reports to
// the origin: /ran?… for what ran or could, /at?… for each case done, /done at the end.
"use strict";
const AT_ONCE = 8;
const EVENTS = (
  "mouseover mouseenter mousemove mouseout mousedown mouseup dblclick contextmenu wheel scroll " +
  "pointerover pointerdown touchstart dragstart drop keydown keypress keyup beforeinput input " +
  "change select invalid focus focusin blur copy cut paste load error loadstart canplay play " +
  "toggle beforetoggle animationstart animationend transitionend begin end repeat start finish"
).split(" ");
const UNSAFE = (
  "script style iframe frame frameset object embed applet svg math form input button select " +
  "textarea template noscript meta link base title xmp plaintext noembed noframes marquee"
).split(" ");
const ADDRESSES = ["href", "xlink:href", "src", "action", "formaction", "poster", "data", "cite"];

const send = (path, values) => fetch(`${path}?${new URLSearchParams(values)}`);
const sent = [];
window.ran = (name, way, how, what) =>
  sent.push(send("/ran", { name, way, how, what: what.slice(0, 200) }));

const turn = (ms) => new Promise((done) => setTimeout(done, ms));

function frame(name, address) {
  const made = document.createElement("iframe");
  made.dataset.name = name;
  // May do all but leave: what navigates its top would end the check.
  made.sandbox = "allow-scripts allow-same-origin allow-forms";
  const loaded = new Promise((done) => {
    made.addEventListener("load", done, { once: true });
    setTimeout(done, 3000);
  });
  made.src = address;
  document.body.append(made);
  return loaded.then(() => made);
}

function* everything(root) {
  for (const element of root.querySelectorAll("*")) {
    yield element;
    if (element.localName === "template" && element.content) yield* everything(element.content);
  }
}

// What is in the tree of the content as Chromium sees it.
function judge(name, way, root) {
  for (const element of everything(root)) {
    if (UNSAFE.includes(element.localName)) ran(name, way, "element", element.localName);
    for (const { name: key, value } of element.attributes) {
      const lower = key.toLowerCase();
      if (lower.startsWith("on") || lower === "style" || lower === "srcdoc") {
        ran(name, way, "attribute", `${element.localName} ${key}=${value}`);
      }
      if (!ADDRESSES.includes(lower)) continue;
      let scheme = "no address";
      try {
        scheme = new URL(value, "http://base.invalid/").protocol;
      } catch {}
      if (!["http:", "https:", "mailto:", "tel:"].includes(scheme)) {
        ran(name, way, "address", `${element.localName} ${key}=${value}`);
      }
    }
  }
}

// Only what has attributes can hold a handler or an address; on a page, with its many
// links of ours, only a handler or an address that is not of the web.
function holds(element, isPage) {
  if (!isPage) return element.hasAttributes();
  const handler = element.getAttributeNames().some((name) => name.startsWith("on"));
  return handler || (element.protocol !== undefined && !/^https?:$/.test(element.protocol));
}

function touch(root, isPage) {
  for (const element of [...root.querySelectorAll("*")]) {
    if (!holds(element, isPage)) continue;
    try {
      element.focus?.();
      for (const type of EVENTS) {
        element.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }));
      }
      element.click?.();
      element.blur?.();
    } catch {}
  }
}

// As feed readers put content into a page that is there already.
const WAYS = {
  inner(place, html) {
    place.innerHTML = html;
  },
  cell(place, html) {
    place.innerHTML = "<table><tr><td></td></tr></table>";
    place.querySelector("td").innerHTML = html;
  },
  // Unlike innerHTML it also runs scripts.
  fragment(place, html) {
    const range = place.ownerDocument.createRange();
    range.selectNode(place);
    place.append(range.createContextualFragment(html));
  },
  // What a parser mends may become something else when it is read again.
  reparsed(place, html) {
    let text = html;
    for (let round = 0; round < 3; round += 1) {
      text = new DOMParser().parseFromString(text, "text/html").body.innerHTML;
    }
    for (let round = 0; round < 3; round += 1) {
      place.innerHTML = text;
      text = place.innerHTML;
    }
  },
  imported(place, html) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    place.append(...[...parsed.body.childNodes].map((n) => place.ownerDocument.importNode(n, true)));
  },
};

// The page that is there already; made anew when a case has led it elsewhere.
async function stage(lane, name) {
  if (!lane.frame?.contentDocument?.body || lane.frame.contentWindow.location.pathname !== "/empty") {
    lane.frame?.remove();
    lane.frame = await frame(name, "/empty");
  }
  lane.frame.dataset.name = name;
  return lane.frame;
}

async function show(lane, one) {
  const whole = await frame(one.name, one.address);
  // The frame may have been led elsewhere: that was reported by then.
  const body = whole.contentDocument?.body;
  const isPage = one.content === null;
  if (body && !isPage) judge(one.name, "document", body);
  if (body) touch(body, isPage);
  await turn(10);
  whole.remove();
  if (isPage) return;
  for (const way of Object.keys(WAYS)) {
    const empty = await stage(lane, one.name);
    empty.dataset.way = way;
    const place = empty.contentDocument.createElement("div");
    empty.contentDocument.body.replaceChildren(place);
    WAYS[way](place, one.content);
    judge(one.name, way, place);
    touch(place, false);
    await turn(5);
  }
  lane.frame.contentDocument?.body?.replaceChildren();
}

async function all() {
  const cases = await (await fetch("/cases")).json();
  let next = 0;
  const run = async () => {
    const lane = {};
    while (next < cases.length) {
      const one = cases[next];
      next += 1;
      try {
        await show(lane, one);
      } catch (error) {
        ran(one.name, "driver", "failure", `${error} ${error.stack}`);
        lane.frame?.remove();
        lane.frame = null;
      }
      await send("/at", { name: one.name });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  await Promise.all(sent);
  await send("/done", { cases: cases.length });
}
all();
