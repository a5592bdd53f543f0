// Plays a recorded episode and goes to any place in it. The frames come in blocks, asked for when they are needed; where the episode is
// shown is known here alone and told to Python when it rests.
//
// What one frame is shown in is a view, as in `pictures/stream.js`: the file before this one has the class `View`.

const KEPT_BLOCKS = 12;
const AHEAD = 0.6; // of a block: from here on the next one is asked for
const REST_MS = 500;
const PATIENCE_MS = 4000; // then the same is asked for again
const DRAWN_PER_S = 30; // at higher speeds some frames are passed over, and what is shown of the others stays right
const KEYS = { " ": "play", ArrowRight: "step", ArrowLeft: "back", Home: "start", End: "end", "+": "faster", "=": "faster", "-": "slower" };
const SVG_HEIGHT = 100;
const [BAR, GAP, NARROWEST] = [300, 28, 150]; // pixels: what steers it, between, and the narrowest picture beside it
const [CAPTION, BELOW, LOWEST] = [64, 300, 220]; // pixels: below a picture, what steers it if that is below, and the lowest picture

// Pixels of a cell of a board that is as large as its room allows; see `board_room`.
const cellOf = (width, height, rows) => Math.max(12, Math.min(48, Math.floor(Math.min(width / 10, height / rows))));

// How far what is around an element is scrolled down.
function scrolled(element) {
  let down = 0;
  for (let box = element.getRootNode().host ?? element; box; box = box.parentElement) down += box.scrollTop;
  return down;
}
const exact = (value) => Number(value).toLocaleString("en");

class Timeline {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.view = new View(true);
    this.find(".boards").replaceChildren(this.view.root);
    this.slider = this.find(".place");
    this.blocks = new Map();
    this.position = 0; // the frame that is shown
    this.playing = false;
    this.asked = 0;
    this.askedAt = -Infinity;
    this.keys = {};
    this.find(".speed").addEventListener("change", () => this.pace());
    this.plot = this.find(".plot");
    this.plot.addEventListener("pointerdown", (event) => this.point(event));
    this.plot.addEventListener("pointermove", (event) => event.buttons && this.point(event));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    for (const button of root.querySelectorAll("button")) button.addEventListener("click", () => this.do(button.dataset.key));
    root.addEventListener("keydown", (event) => this.key(event));
    const anywhere = (event) => {
      if (!root.isConnected) document.removeEventListener("keydown", anywhere);
      else if (event.target === document.body) this.key(event); // nothing else has the keyboard
    };
    document.addEventListener("keydown", anywhere);
    new ResizeObserver(() => this.fit()).observe(root);
    window.addEventListener("resize", () => root.isConnected && this.fit());
  }

  // The episode is shown as large as the window allows, with what steers it beside it, or below it where that is too narrow.
  fit() {
    const wide = this.root.clientWidth;
    if (!wide || !this.data) return;
    const above = this.root.getBoundingClientRect().top + scrolled(this.root);
    const beside = wide - BAR - GAP >= NARROWEST;
    const high = Math.max(LOWEST, window.innerHeight - above - CAPTION - (beside ? 0 : BELOW));
    const room = beside ? wide - BAR - GAP : wide;
    if (this.view.fit) this.view.fit(room, high);
    else this.root.style.setProperty("--cell", `${cellOf(room - 2, high - 2 - this.view.top, this.data.height)}px`);
  }

  receive(component) {
    const { data } = component;
    this.tell = (name, value) => (name === "ask" ? component.setTriggerValue(name, value) : component.setStateValue(name, value));
    this.data = data;
    if (data.episode !== this.episode) {
      this.episode = data.episode;
      this.blocks = new Map();
      this.playing = false;
      this.sought = null;
      this.jump = null;
      this.position = data.start;
      this.find(".said").textContent = "";
      this.slider.max = String(data.last);
      this.name();
      this.offer();
      this.sketch();
    }
    for (const [name, frames] of Object.entries(data.blocks)) this.keep(name, frames);
    if (data.answered === this.asked) this.askedAt = -Infinity;
    if (data.found && data.found.ask !== this.sought) {
      this.sought = data.found.ask;
      const jump = data.found.ask === this.asked ? null : this.jump; // another press is still to be answered
      if (data.found.frame !== null) this.go(data.found.frame);
      this.jump = jump;
      this.find(".said").textContent = data.found.said;
    }
    this.fit();
    this.show();
    this.root.classList.remove("fresh");
  }

  // What everything is called, and the buttons that look for something.
  name() {
    const { place, jumps, per } = this.data;
    const sought = jumps.map((jump) => `, ${jump.letter.toUpperCase()} ${jump.help}`).join("");
    const moves = "Space plays and pauses, the arrow keys step, Home and End go to the ends, plus and minus change the speed";
    this.root.setAttribute("aria-label", `Replay. ${moves}${sought}.`);
    this.slider.setAttribute("aria-label", place[0].toUpperCase() + place.slice(1));
    for (const [key, words, arrow] of [["back", `One ${place} back`, "←"], ["step", `One ${place} on`, "→"]]) {
      const button = this.find(`[data-key=${key}]`);
      button.title = `${words} (${arrow})`;
      button.setAttribute("aria-label", words);
    }
    this.find(".per").textContent = per;
    this.find(".speed").setAttribute("aria-label", per ? `${place[0].toUpperCase() + place.slice(1)}s per second` : "Speed");
    this.find(".jumps").replaceChildren(...jumps.map((jump) => this.button(jump)));
    this.keys = { ...KEYS, ...Object.fromEntries(jumps.map((jump) => [jump.letter, jump.name])) };
  }

  button(jump) {
    const button = document.createElement("button");
    button.type = "button";
    button.dataset.key = jump.name;
    button.textContent = jump.label;
    button.title = `${jump.help[0].toUpperCase() + jump.help.slice(1)} (${jump.letter.toUpperCase()})`;
    button.disabled = !jump.possible;
    button.addEventListener("click", () => this.do(jump.name));
    return button;
  }

  // The speeds; the chosen one stays where the same ones are offered.
  offer() {
    const { speeds, speed } = this.data;
    const offered = JSON.stringify(speeds.map(([words]) => words));
    const before = this.find(".speed").selectedOptions[0]?.textContent;
    const chosen = offered === this.offered ? before : speed;
    this.offered = offered;
    this.find(".speed").replaceChildren(...speeds.map(([words, rate]) => new Option(words, String(rate), false, words === chosen)));
    this.pace();
  }

  // How fast it is played, and how many frames it is from one to the next that is shown.
  pace() {
    this.speed = Number(this.find(".speed").value);
    this.every = Math.max(1, Math.ceil(this.speed / DRAWN_PER_S / 2));
    this.nextAt = performance.now();
  }

  change(by) {
    const choice = this.find(".speed");
    choice.selectedIndex = Math.max(0, Math.min(choice.options.length - 1, choice.selectedIndex + by));
    this.pace();
  }

  // The curve; gaps between its points are straight.
  sketch() {
    const { curve, last } = this.data;
    this.find(".curve").hidden = !curve;
    if (!curve) return;
    const values = curve.points.map(([, value]) => value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const up = (value) => (high > low ? ((high - value) / (high - low)) * SVG_HEIGHT : SVG_HEIGHT / 2);
    this.find(".curve svg").setAttribute("viewBox", `0 0 ${Math.max(1, last)} ${SVG_HEIGHT}`);
    this.find(".curve path").setAttribute("d", curve.points.map(([x, value], index) => `${index ? "L" : "M"}${x} ${up(value)}`).join(""));
    this.find(".curve figcaption").textContent = curve.label;
    this.find(".high").textContent = Number(high.toPrecision(4)).toLocaleString("en");
    this.find(".low").textContent = Number(low.toPrecision(4)).toLocaleString("en");
  }

  // A place on the curve is a place in the episode.
  point(event) {
    const { left, width } = this.plot.getBoundingClientRect();
    if (event.button > 0 || !width) return;
    this.go(Math.round(((event.clientX - left) / width) * this.data.last));
  }

  keep(number, frames) {
    this.blocks.delete(number);
    this.blocks.set(number, frames);
    for (const old of this.blocks.keys()) if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(old);
  }

  frame() {
    const { position, data, every } = this;
    const frames = this.blocks.get(String(Math.floor(position / data.block)));
    if (frames || every === 1 || position % every) return frames && frames[position % data.block];
    return this.blocks.get(this.block(position))?.[(position / every) % data.block];
  }

  // The block that a frame is in: at high speeds, of every so many frames.
  block(position) {
    const { every, data } = this;
    return every === 1 ? String(Math.floor(position / data.block)) : `${Math.floor(position / every / data.block)}/${every}`;
  }

  // While it is played at a high speed its places are those that are shown then, and the last one.
  next() {
    return Math.min(this.data.last, (Math.floor(this.position / this.every) + 1) * this.every);
  }

  ask(what) {
    if (performance.now() - this.askedAt < PATIENCE_MS) return;
    this.asked += 1;
    this.askedAt = performance.now();
    this.tell("ask", { ...what, episode: this.episode, ask: this.asked });
    clearTimeout(this.again);
    this.again = setTimeout(() => this.askedAt > -Infinity && this.root.isConnected && this.ask(what), PATIENCE_MS + 50); // an answer can get lost
  }

  do(key) {
    if (key === "play") this.play(!this.playing);
    else if (key === "step") this.go(this.position + 1);
    else if (key === "back") this.go(this.position - 1);
    else if (key === "start") this.go(0);
    else if (key === "end") this.go(this.data.last);
    else if (key === "faster") this.change(1);
    else if (key === "slower") this.change(-1);
    else if (this.data.jumps.some((jump) => jump.name === key && jump.possible)) {
      this.play(false);
      this.find(".said").textContent = "Looking…";
      this.askedAt = -Infinity;
      // A press before the last one was answered goes on from where that one began.
      if (this.jump && this.jump.what === key) this.jump.number += 1;
      else this.jump = { what: key, at: this.position, number: 1 };
      this.ask({ ...this.jump });
    }
  }

  key(event) {
    const key = this.keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const own = event.target !== this.root && event.target.matches("button, input, select"); // what it does by itself
    if (!key || event.ctrlKey || event.metaKey || event.altKey || (own && Object.values(KEYS).includes(key))) return;
    event.preventDefault();
    this.do(key);
  }

  play(playing) {
    if (playing && this.position >= this.data.last) this.position = 0;
    this.playing = playing;
    this.show();
    if (!playing) {
      this.rest();
      return;
    }
    if (this.every > 1 && this.position % this.every) this.position -= this.position % this.every;
    this.nextAt = performance.now() + (1000 * this.every) / this.speed;
    if (!this.ticking) requestAnimationFrame((now) => this.tick(now));
    this.ticking = true;
  }

  go(position) {
    this.playing = false;
    this.jump = null;
    this.find(".said").textContent = "";
    this.position = Math.max(0, Math.min(this.data.last, position));
    this.show();
    this.rest();
  }

  tick(now) {
    if (!this.playing || !this.root.isConnected) {
      this.ticking = false;
      return;
    }
    let moved = false;
    while (now >= this.nextAt && this.position < this.data.last && this.frame()) {
      const before = this.position;
      this.position = this.next();
      this.nextAt += (1000 * (this.position - before)) / this.speed;
      moved = true;
    }
    if (!this.frame()) this.nextAt = now; // the frames are on their way
    if (this.position >= this.data.last) this.play(false);
    else if (moved || !this.frame()) this.show();
    requestAnimationFrame((later) => this.tick(later));
  }

  show() {
    const { data, position } = this;
    const frame = this.frame();
    this.root.classList.toggle("waiting", !frame);
    this.fetch(frame);
    if (frame || !this.view.frame) this.view.draw(frame || null, data, data.name);
    const more = frame && this.view.remark ? this.view.remark(frame, data) : "";
    const place = this.placed();
    this.root.dataset.position = String(position);
    this.slider.value = String(position);
    this.find(".head").style.left = `${(100 * position) / Math.max(1, data.last)}%`;
    this.find(".at").textContent = `${data.place} ${exact(place)}${more ? ` · ${more}` : ""}`;
    this.find(".of").textContent = `of ${exact(data.end)}`;
    this.slider.setAttribute("aria-valuetext", `${data.place} ${exact(place)} of ${exact(data.end)}`);
    this.find(".play").textContent = this.playing ? "Pause" : "Play";
  }

  // Ask for the frame that is shown, and, while it is played, for those that come next.
  fetch(frame) {
    const { position, data, every } = this;
    const sparse = this.playing && every > 1 && position % every === 0;
    const ask = (name) => {
      const [at, step] = name.split("/").map(Number);
      if (!this.blocks.has(name)) this.ask({ what: "block", at, every: step || 1 });
    };
    const dense = String(Math.floor(position / data.block));
    if (!frame) ask(sparse ? this.block(position) : dense);
    else if (this.playing) ask(this.block(Math.min(data.last, position + Math.floor(AHEAD * data.block) * every)));
    if (this.playing && every > 1 && data.last - position < data.block * every) ask(String(Math.floor(data.last / data.block)));
  }

  placed() {
    return Math.min(this.position * this.data.stride, this.data.end);
  }

  // Where the episode rests becomes a part of the address.
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (!this.playing && this.told !== `${this.episode} ${this.position}`) {
        this.told = `${this.episode} ${this.position}`;
        this.tell("rest", { episode: this.episode, place: this.placed() });
      }
    }, REST_MS);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".timeline");
  root.timeline = root.timeline || new Timeline(root);
  root.timeline.receive(component);
}
