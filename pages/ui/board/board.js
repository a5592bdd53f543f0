// Plays board snapshots on a canvas. Streamlit calls the default export at every refresh with the snapshots that are new;
// the player hangs on the canvas element, so it survives refreshes.

const COLUMNS = 10;
const WIDTH = 240;
const HEIGHT = 460;

class Player {
  constructor(root) {
    this.root = root;
    this.canvas = root.querySelector("canvas");
    this.queue = [];
    this.shown = null;
    this.frameMs = 0;
    this.nextAt = 0;
    this.ticking = false;
    this.still = window.matchMedia("(prefers-reduced-motion: reduce)");
  }

  receive(data) {
    this.colours = data.colours;
    this.pieces = data.pieces;
    this.height = data.height;
    this.ceiling = data.ceiling;
    this.root.classList.toggle("asleep", !data.live);
    if (data.batch !== this.batch) {
      if (data.run !== this.run) {
        this.queue = [];
        this.shown = null;
      }
      this.run = data.run;
      this.batch = data.batch;
      this.queue.push(...data.frames);
    }
    if (this.still.matches || !data.live) this.queue = this.queue.slice(-1);
    // Evenly over the time until the next refresh; a backlog makes the next stretch faster, never longer.
    this.frameMs = (data.interval_s * 1000) / Math.max(1, this.queue.length);
    this.canvas.dataset.received = String(Number(this.canvas.dataset.received || 0) + data.frames.length);
    this.draw();
    if (!this.ticking) {
      this.ticking = true;
      this.nextAt = performance.now();
      requestAnimationFrame((now) => this.tick(now));
    }
  }

  tick(now) {
    if (!this.canvas.isConnected || this.queue.length === 0) {
      this.ticking = false;
      return;
    }
    let stepped = false;
    while (this.queue.length > 0 && now >= this.nextAt) {
      this.shown = this.queue.shift();
      this.nextAt += this.frameMs;
      stepped = true;
    }
    if (stepped) this.draw();
    requestAnimationFrame((later) => this.tick(later));
  }

  draw() {
    const style = getComputedStyle(this.root);
    const frame = this.shown;
    const rows = frame ? frame.cells.length / COLUMNS : this.height;
    const size = Math.floor(Math.min(WIDTH / COLUMNS, HEIGHT / rows));
    const left = (WIDTH - size * COLUMNS) / 2;
    const top = HEIGHT - size * rows - (rows <= 20 ? (HEIGHT - size * rows) / 2 : 0);
    const context = this.context();
    context.clearRect(0, 0, WIDTH, HEIGHT);
    this.grid(context, style.color, left, top, size, rows);
    for (let index = 0; frame && index < frame.cells.length; index++) {
      const piece = Number(frame.cells[index]);
      if (piece > 0) this.cell(context, this.colours[piece - 1], left + (index % COLUMNS) * size, top + Math.floor(index / COLUMNS) * size, size);
    }
    if (this.ceiling) this.line(context, style.color, left, top + (rows - this.ceiling) * size, size);
    this.describe(frame);
  }

  // Where training games end.
  line(context, colour, left, y, size) {
    context.globalAlpha = 0.55;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(left, y + 0.5);
    context.lineTo(left + COLUMNS * size, y + 0.5);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  context() {
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== WIDTH * ratio) {
      this.canvas.width = WIDTH * ratio;
      this.canvas.height = HEIGHT * ratio;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  grid(context, colour, left, top, size, rows) {
    context.globalAlpha = 0.09;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.beginPath();
    for (let column = 0; column <= COLUMNS; column++) {
      context.moveTo(left + column * size + 0.5, top);
      context.lineTo(left + column * size + 0.5, top + rows * size);
    }
    for (let row = 0; row <= rows; row++) {
      context.moveTo(left, top + row * size + 0.5);
      context.lineTo(left + COLUMNS * size, top + row * size + 0.5);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  cell(context, colour, x, y, size) {
    context.fillStyle = colour;
    context.fillRect(x + 1, y + 1, size - 1, size - 1);
    context.fillStyle = "rgba(255, 255, 255, 0.22)";
    context.fillRect(x + 1, y + 1, size - 1, 2);
    context.fillStyle = "rgba(0, 0, 0, 0.12)";
    context.fillRect(x + 1, y + size - 2, size - 1, 2);
  }

  describe(frame) {
    const say = (name, text) => (this.root.querySelector(name).textContent = text);
    const count = (value) => (Number.isFinite(Number(value)) ? Number(value).toLocaleString("en") : "–");
    say(".game", frame ? `game ${count(frame.game)}` : "no game yet");
    say(".lines", frame ? count(frame.lines) : "–");
    say(".pieces", frame ? count(frame.pieces) : "–");
    say(".lines-word", frame && frame.lines === 1 ? "line" : "lines");
    say(".pieces-word", frame && frame.pieces === 1 ? "piece" : "pieces");
    const next = frame ? this.pieces[frame.piece - 1] : undefined;
    say(".piece", next || "–");
    this.root.setAttribute("aria-label", frame ? `Board of game ${count(frame.game)}: ${count(frame.lines)} lines, ${count(frame.pieces)} pieces` : "Board: no game yet");
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".board");
  const canvas = root.querySelector("canvas");
  canvas.player = canvas.player || new Player(root);
  canvas.player.receive(component.data);
}
