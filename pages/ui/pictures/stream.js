// Plays what was written since the last refresh, evenly until the next one. Streamlit calls the default export at every refresh; the
// stream hangs on its element, so it survives refreshes.
//
// With the keyboard on it: space stops and goes on, the arrow keys step through what was shown. Where a process can be steered, they
// steer that instead.
//
// What loops begins anew at its end, but for somebody who wants less motion: then its end is shown.
//
// A view is what one moment is shown in, an element `root` and `draw(frame, data, name)`: the file before this one has the class `View`.

const SLACK = 1.25; // a queue that lasts a quarter longer than a refresh takes: it does not run dry when one is late
const KEPT = 600; // moments that can be stepped back through
const KEYS = { " ": "pause", ArrowRight: "step", ArrowLeft: "back" };

class Stream {
  constructor(root) {
    this.root = root;
    this.views = [];
    this.queue = [];
    this.past = [];
    this.shown = null; // what all views show at one moment
    this.back = 0; // how many moments before the newest one that was played
    this.stopped = false;
    this.frameMs = 0;
    this.nextAt = 0;
    this.ticking = false;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
    this.presses = { of: `${Date.now()} ${Math.random()}`, pause: 0, step: 0 }; // since this element was made
    root.addEventListener("keydown", (event) => this.key(event));
  }

  receive(component) {
    const { data } = component;
    this.data = data;
    // A sum of all presses: several between two looks of Python reach it together, and none is lost.
    this.steer = data.steers ? () => component.setStateValue("presses", { ...this.presses }) : null;
    this.build(data.names.length, data.heat);
    this.root.classList.toggle("asleep", !data.live);
    if (data.run !== this.run) {
      this.queue = [];
      this.past = [];
      this.shown = null;
      this.back = 0;
      this.stopped = false;
    }
    if (data.batch !== this.batch) {
      this.queue.push(...data.moments);
      this.root.dataset.received = String(Number(this.root.dataset.received || 0) + data.moments.length);
    }
    this.run = data.run;
    this.batch = data.batch;
    this.queue = this.queue.slice(this.still.matches || !data.live ? -1 : -KEPT); // a hidden tab plays nothing and must not gather all
    this.loops = Boolean(data.loop) && !this.still.matches;
    const moments = this.loops ? data.moments.length : this.queue.length;
    this.frameMs = (data.interval_s * 1000 * SLACK) / Math.max(1, moments);
    this.draw();
    this.go();
  }

  build(views, heat) {
    if (this.views.length === views) return;
    this.views = Array.from({ length: views }, () => new View(heat));
    this.root.replaceChildren(...this.views.map((view) => view.root));
  }

  go() {
    if (this.ticking || this.stopped || this.queue.length === 0) return;
    this.ticking = true;
    this.nextAt = performance.now();
    requestAnimationFrame((now) => this.tick(now));
  }

  tick(now) {
    if (!this.root.isConnected || this.stopped || this.queue.length === 0) {
      this.ticking = false;
      return;
    }
    let stepped = false;
    while (this.queue.length > 0 && now >= this.nextAt) {
      this.show(this.queue.shift());
      this.nextAt += this.frameMs;
      stepped = true;
    }
    if (stepped) this.draw();
    requestAnimationFrame((later) => this.tick(later));
  }

  show(moment) {
    this.shown = moment;
    if (this.loops && this.queue.length === 0) this.queue.push(...this.data.moments);
    this.past.push(moment);
    if (this.past.length > KEPT) this.past.shift();
  }

  key(event) {
    const key = KEYS[event.key];
    if (!key) return;
    event.preventDefault();
    if (this.steer) {
      if (key in this.presses) this.presses[key] += 1;
      this.steer();
      return;
    }
    if (key === "pause" && this.stopped) this.stopped = false;
    else this.stopped = true;
    if (key === "back") this.back = Math.min(this.back + 1, Math.max(0, this.past.length - 1));
    if (key === "step" && this.back > 0) this.back -= 1;
    else if (key === "step" && this.queue.length > 0) this.show(this.queue.shift());
    if (!this.stopped) this.back = 0;
    this.root.classList.toggle("stopped", this.stopped);
    this.draw();
    this.go();
  }

  draw() {
    const moment = this.back > 0 ? this.past[this.past.length - 1 - this.back] : this.shown;
    this.views.forEach((view, number) => view.draw(moment ? moment[number] : null, this.data, this.data.names[number]));
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".stream");
  root.stream = root.stream || new Stream(root);
  root.stream.receive(component);
}
