// A tour of hints beside the page: a ring around what a hint is about, and a box next to it. Texts are set as text.
//
// Nothing of the page moves and no focus is taken. The box lets clicks through, but for its two buttons; a click anywhere else ends the
// tour and does what it always does. Mounted by every page, and by each anew: the tour hangs on the window.

const STYLE = "control-room-tour-style";
const GAP = 12; // pixels between the ring and the box, and between the box and the window's edge
const FOLLOW_MS = 150;
const LOOKS_MS = 1_000;
const LOST_MS = 2_000; // a page that is drawn anew brings what a hint is about back by then
const THEME = ["--st-background-color", "--st-text-color", "--st-primary-color", "--st-border-color", "--st-font"];

const remembers = (name) => {
  try {
    return window.localStorage.getItem(name) !== null;
  } catch {
    return true; // a browser that remembers nothing would show it again and again
  }
};

const remember = (name) => {
  try {
    window.localStorage.setItem(name, "seen");
  } catch {
    // see above
  }
};

function box(tag, parent, name, text = "") {
  const element = document.createElement(tag);
  element.className = `control-room-tour-${name}`;
  element.textContent = text;
  parent.append(element);
  return element;
}

function inSight(element) {
  const { left, right, top, bottom, width, height } = element.getBoundingClientRect();
  const { innerWidth, innerHeight } = window;
  return width > 0 && height > 0 && right > 0 && left < innerWidth && bottom > 0 && top < innerHeight && element.checkVisibility();
}

const seen = (hint) => hint.at.flatMap((where) => [...document.querySelectorAll(where)]).find(inSight);

class Tour {
  constructor() {
    this.began = new Set(); // wishes to see it again that were followed
    this.hint = -1;
    this.onKey = (event) => event.key === "Escape" && !document.querySelector('[role="dialog"]') && this.end();
    this.onPress = (event) => !event.composedPath().includes(this.root) && this.end();
  }

  // Whether it is time to begin. What is needed comes later than this, and may come with another page.
  look() {
    const { data, parentElement } = this.component;
    this.looks ??= window.setInterval(() => this.look(), LOOKS_MS);
    this.data = data;
    this.probe = parentElement.querySelector(".look");
    if (this.hint >= 0 || !document.querySelector(data.needed) || !data.hints.some(seen)) return;
    const again = data.again && !this.began.has(data.again);
    if (!again && remembers(data.remembered)) return;
    if (data.again) this.began.add(data.again);
    this.begin();
  }

  begin() {
    const sheet = document.getElementById(STYLE) ?? document.head.appendChild(document.createElement("style"));
    sheet.id = STYLE;
    sheet.textContent = this.data.style;
    this.ring = box("div", document.body, "ring");
    this.root = box("section", document.body, "box");
    document.body.prepend(this.root); // the first thing that Tab comes to
    this.root.setAttribute("aria-label", "Tour");
    const words = box("div", this.root, "words");
    words.setAttribute("aria-live", "polite");
    this.title = box("strong", words, "title");
    this.text = box("p", words, "text");
    const foot = box("div", this.root, "foot");
    this.count = box("span", foot, "count");
    const skip = box("button", foot, "skip", "Skip");
    this.next = box("button", foot, "next", "Next");
    skip.type = this.next.type = "button";
    skip.addEventListener("click", () => this.end());
    this.next.addEventListener("click", () => this.show(this.hint + 1));
    document.addEventListener("keydown", this.onKey);
    document.addEventListener("pointerdown", this.onPress, true);
    this.timer = window.setInterval(() => this.follow(), FOLLOW_MS);
    this.show(0);
  }

  // The first hint from this one on whose element is in sight; after the last one the tour is over.
  show(from) {
    const { hints } = this.data;
    const found = hints.findIndex((hint, number) => number >= from && seen(hint));
    if (found < 0) {
      this.end();
      return;
    }
    this.hint = found;
    this.lostAt = 0;
    this.title.textContent = hints[found].title;
    this.text.textContent = hints[found].text;
    this.count.textContent = `${found + 1} of ${hints.length}`;
    this.next.textContent = hints.slice(found + 1).some(seen) ? "Next" : "Done";
    this.follow();
  }

  follow() {
    const style = getComputedStyle(this.probe);
    for (const name of THEME) for (const one of [this.root, this.ring]) one.style.setProperty(name, style.getPropertyValue(name));
    const target = seen(this.data.hints[this.hint]);
    this.ring.hidden = this.root.hidden = !target;
    if (!target) {
      this.lostAt ||= performance.now();
      if (performance.now() - this.lostAt > LOST_MS) this.remove(); // the page shows something else: another time
      return;
    }
    this.lostAt = 0;
    this.place(target.getBoundingClientRect());
  }

  // Beside what it points at, where there is room: it never lies on it, unless that fills the window.
  place(target) {
    const { innerWidth, innerHeight } = window;
    const [top, left] = [Math.max(2, target.top - 4), Math.max(2, target.left - 4)];
    const [bottom, right] = [Math.min(innerHeight - 2, target.bottom + 4), Math.min(innerWidth - 2, target.right + 4)];
    Object.assign(this.ring.style, { top: `${top}px`, left: `${left}px`, width: `${right - left}px`, height: `${bottom - top}px` });
    const { offsetWidth: width, offsetHeight: height } = this.root;
    const within = (value, size, limit) => Math.max(GAP, Math.min(value, limit - size - GAP));
    const places = [
      [right + GAP, within(top, height, innerHeight)],
      [within(left, width, innerWidth), bottom + GAP],
      [within(left, width, innerWidth), top - height - GAP],
      [left - width - GAP, within(top, height, innerHeight)],
    ];
    const fits = ([x, y]) => x >= GAP && y >= GAP && x + width <= innerWidth - GAP && y + height <= innerHeight - GAP;
    const [x, y] = places.find(fits) ?? [innerWidth - width - GAP, innerHeight - height - GAP];
    Object.assign(this.root.style, { left: `${x}px`, top: `${y}px` });
  }

  end() {
    remember(this.data.remembered);
    this.remove();
  }

  remove() {
    this.hint = -1;
    window.clearInterval(this.timer);
    document.removeEventListener("keydown", this.onKey);
    document.removeEventListener("pointerdown", this.onPress, true);
    this.root.remove();
    this.ring.remove();
  }
}

export default (component) => {
  window.controlRoomTour ??= new Tour();
  window.controlRoomTour.component = component;
  window.controlRoomTour.look();
};
