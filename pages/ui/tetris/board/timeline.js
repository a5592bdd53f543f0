// Plays a recorded game and goes to any place in it. The frames come in blocks, asked for when they are needed; where the game is
// shown is known here alone and told to Python when it rests.

const SPEEDS = [1, 2, 5, 10, 20, 30, 60]; // pieces per second
const FIRST_SPEED = 10;
const KEPT_BLOCKS = 12;
const AHEAD = 0.4; // of a block: from here on the next one is asked for
const REST_MS = 500;
const PATIENCE_MS = 4000; // then the same is asked for again
const KEYS = { " ": "play", ArrowRight: "step", ArrowLeft: "back", Home: "start", End: "end", c: "clear", d: "drop" };

class Timeline {
  constructor(root) {
    this.root = root;
    this.find = (name) => root.querySelector(name);
    this.board = new Board(true);
    this.find(".boards").replaceChildren(this.board.root);
    this.place = this.find(".place");
    this.blocks = new Map();
    this.position = 0;
    this.playing = false;
    this.speed = FIRST_SPEED;
    this.asked = 0;
    this.askedAt = -Infinity;
    this.find(".speed").replaceChildren(...SPEEDS.map((speed) => new Option(String(speed), String(speed), false, speed === FIRST_SPEED)));
    this.find(".speed").addEventListener("change", (event) => (this.speed = Number(event.target.value)));
    this.place.addEventListener("input", () => this.go(Number(this.place.value)));
    for (const button of root.querySelectorAll("button")) button.addEventListener("click", () => this.do(button.dataset.key));
    root.addEventListener("keydown", (event) => this.key(event));
  }

  receive(component) {
    const { data } = component;
    this.tell = (name, value) => (name === "ask" ? component.setTriggerValue(name, value) : component.setStateValue(name, value));
    this.data = data;
    if (data.game !== this.game) {
      this.game = data.game;
      this.blocks = new Map();
      this.playing = false;
      this.sought = null;
      this.jump = null;
      this.position = data.start;
      this.find(".said").textContent = "";
      this.place.max = String(data.last);
    }
    for (const [number, frames] of Object.entries(data.blocks)) this.keep(Number(number), frames);
    if (data.answered === this.asked) this.askedAt = -Infinity;
    if (data.found && data.found.ask !== this.sought) {
      this.sought = data.found.ask;
      const jump = data.found.ask === this.asked ? null : this.jump; // another press is still to be answered
      if (data.found.piece !== null) this.go(data.found.piece);
      this.jump = jump;
      this.find(".said").textContent = data.found.said;
    }
    for (const key of ["clear", "drop"]) this.find(`[data-key=${key}]`).disabled = !data.jumps.includes(key);
    this.show();
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
    this.tell("ask", { ...what, game: this.game, ask: this.asked });
    clearTimeout(this.again);
    this.again = setTimeout(() => this.askedAt > -Infinity && this.root.isConnected && this.ask(what), PATIENCE_MS + 50); // an answer can get lost
  }

  do(key) {
    if (key === "play") this.play(!this.playing);
    else if (key === "step") this.go(this.position + 1);
    else if (key === "back") this.go(this.position - 1);
    else if (key === "start") this.go(0);
    else if (key === "end") this.go(this.data.last);
    else if (this.data.jumps.includes(key)) {
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
    const key = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    const own = event.target !== this.root && event.target.matches("button, input, select"); // what it does by itself
    if (!key || event.ctrlKey || event.metaKey || event.altKey || (own && key !== "clear" && key !== "drop")) return;
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
    const ahead = Math.min(last, Math.floor(position / data.block + AHEAD + 0.2));
    this.root.classList.toggle("waiting", !frame);
    if (!this.blocks.has(block)) this.ask({ what: "block", at: block });
    else if (this.playing && !this.blocks.has(ahead)) this.ask({ what: "block", at: ahead });
    if (frame || !this.board.frame) this.board.draw(frame || null, data, data.name);
    this.root.dataset.position = String(position);
    this.place.value = String(position);
    const chosen = frame && frame.options && frame.options[frame.chosen];
    this.find(".at").textContent = `piece ${count(position)}${chosen ? ` · value of the placement ${worth(chosen[2], data)}` : ""}`;
    this.find(".of").textContent = `of ${count(data.last)}`;
    this.place.setAttribute("aria-valuetext", `piece ${count(position)} of ${count(data.last)}`);
    this.find(".play").textContent = this.playing ? "Pause" : "Play";
  }

  // Where the game rests becomes a part of the address.
  rest() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => {
      if (!this.playing && this.told !== `${this.game} ${this.position}`) {
        this.told = `${this.game} ${this.position}`;
        this.tell("rest", { game: this.game, piece: this.position });
      }
    }, REST_MS);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".timeline");
  root.timeline = root.timeline || new Timeline(root);
  root.timeline.receive(component);
}
