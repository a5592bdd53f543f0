// Plays a recorded episode and goes to any place in it. The frames come in blocks, asked for when they are needed; where the episode is
// shown is known here alone and told to Python when it rests.
//
// What one frame is shown in is a view, as in `pictures/stream.js`: the file before this one has the class `View`.

const KEPT_BLOCKS = 12;
const AHEAD = 0.6; // of a block: from here on the next one is asked for
const REST_MS = 500;
const PATIENCE_MS = 4000; // then the same is asked for again
const KEYS = { " ": "play", ArrowRight: "step", ArrowLeft: "back", Home: "start", End: "end" };
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
    this.find(".speed").addEventListener("change", (event) => (this.speed = Number(event.target.value)));
    this.slider.addEventListener("input", () => this.go(Number(this.slider.value)));
    for (const button of root.querySelectorAll("button")) button.addEventListener("click", () => this.do(button.dataset.key));
    root.addEventListener("keydown", (event) => this.key(event));
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
    }
    for (const [number, frames] of Object.entries(data.blocks)) this.keep(Number(number), frames);
    if (data.answered === this.asked) this.askedAt = -Infinity;
    if (data.found && data.found.ask !== this.sought) {
      this.sought = data.found.ask;
      const jump = data.found.ask === this.asked ? null : this.jump; // another press is still to be answered
      if (data.found.frame !== null) this.go(data.found.frame);
      this.jump = jump;
      this.find(".said").textContent = data.found.said;
    }
    this.show();
  }

  // What everything is called, and the buttons that look for something.
  name() {
    const { place, jumps, per } = this.data;
    const sought = jumps.map((jump) => `, ${jump.letter.toUpperCase()} ${jump.help}`).join("");
    const moves = "Space plays and pauses, the arrow keys step, Home and End go to the ends";
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
    this.speed = Number(this.find(".speed").value);
  }

  keep(number, frames) {
    this.blocks.delete(number);
    this.blocks.set(number, frames);
    for (const old of this.blocks.keys()) if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(old);
  }

  frame() {
    const frames = this.blocks.get(Math.floor(this.position / this.data.block));
    return frames && frames[this.position % this.data.block];
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
    this.nextAt = performance.now() + 1000 / this.speed;
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
      this.position += 1;
      this.nextAt += 1000 / this.speed;
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
    const block = Math.floor(position / data.block);
    const last = Math.floor(data.last / data.block);
    const ahead = Math.min(last, Math.floor(position / data.block + AHEAD));
    this.root.classList.toggle("waiting", !frame);
    if (!this.blocks.has(block)) this.ask({ what: "block", at: block });
    else if (this.playing && !this.blocks.has(ahead)) this.ask({ what: "block", at: ahead });
    if (frame || !this.view.frame) this.view.draw(frame || null, data, data.name);
    const more = frame && this.view.remark ? this.view.remark(frame, data) : "";
    const place = this.placed();
    this.root.dataset.position = String(position);
    this.slider.value = String(position);
    this.find(".at").textContent = `${data.place} ${exact(place)}${more ? ` · ${more}` : ""}`;
    this.find(".of").textContent = `of ${exact(data.end)}`;
    this.slider.setAttribute("aria-valuetext", `${data.place} ${exact(place)} of ${exact(data.end)}`);
    this.find(".play").textContent = this.playing ? "Pause" : "Play";
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
