// One board on a canvas: cells, where the next piece will come to rest, and what a network makes of every placement. Constant text
// and numbers only: names and counts are set as text.

const COLUMNS = 10;
const WIDTH = 240;
const HEIGHT = 460;
const ROTATIONS = 4;
const HEAT_ROW = 13;
const HEAT_GAP = 10;
const HEAT_COLOUR = "#0072B2";
const BOARD = `
  <canvas></canvas>
  <figcaption>
    <span class="game"></span>
    <span class="count"><b class="lines">–</b> <span class="lines-word">lines</span></span>
    <span class="count"><b class="pieces">–</b> <span class="pieces-word">pieces</span></span>
    <span class="next"><span class="next-word">next</span> <b class="piece">–</b></span>
  </figcaption>`;

const count = (value) => (Number.isFinite(Number(value)) ? Number(value).toLocaleString("en") : "–");

const counted = (value, what) => `${count(value)} ${what}${value === 1 ? "" : "s"}`;

// A value as it is read: the networks of recorded games give log-odds, which are shown as a chance.
const worth = (value, rules) => (rules.odds ? String(Number((1 / (1 + Math.exp(-value))).toPrecision(4))) : String(value));

class Board {
  // heat: whether there is a strip for the placements above the board
  constructor(heat) {
    this.root = document.createElement("figure");
    this.root.className = "board";
    this.root.setAttribute("role", "img");
    this.root.innerHTML = BOARD;
    this.canvas = this.root.querySelector("canvas");
    this.canvas.player = this;
    this.canvas.dataset.drawn = "0";
    this.top = heat ? ROTATIONS * HEAT_ROW + HEAT_GAP : 0;
    this.height = 0;
    this.canvas.addEventListener("pointermove", (event) => this.tell(event));
    this.frame = null;
  }

  // rules: colours and names of the pieces, rows of an empty board, the row above which games end or null, whether values are log-odds
  draw(frame, rules, name = "") {
    this.frame = frame;
    this.rules = rules;
    const style = getComputedStyle(this.root);
    const rows = frame ? frame.cells.length / COLUMNS : rules.height;
    const size = Math.floor(Math.min(WIDTH / COLUMNS, HEIGHT / rows));
    this.size = size;
    this.left = (WIDTH - size * COLUMNS) / 2;
    // Below a strip the canvas is as high as the board; alone, as on the live page, it keeps its height, and the board its middle.
    const top = this.top || (HEIGHT - size * rows) / 2;
    const context = this.context(this.top ? this.top + size * rows : HEIGHT);
    context.clearRect(0, 0, WIDTH, this.height);
    if (frame && frame.hover) this.hover(context, rules.colours[frame.piece - 1], frame.hover);
    else if (this.top) this.heat(context, style.color, frame);
    this.grid(context, style.color, top, rows);
    for (let index = 0; frame && index < frame.cells.length; index++) {
      const piece = Number(frame.cells[index]);
      if (piece > 0) this.cell(context, rules.colours[piece - 1], index, top);
    }
    if (frame && frame.ghost) this.ghost(context, rules.colours[frame.piece - 1], style.color, frame.ghost, top);
    if (rules.ceiling) this.line(context, style.color, top + (rows - rules.ceiling) * size);
    this.describe(frame, rules, name);
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn) + 1);
  }

  // What is said of a frame beside where it is.
  remark(frame, rules) {
    const chosen = frame.options && frame.options[frame.chosen];
    return chosen ? `value of the placement ${worth(chosen[2], rules)}` : "";
  }

  context(height) {
    const ratio = window.devicePixelRatio || 1;
    if (this.canvas.width !== Math.round(WIDTH * ratio) || this.height !== height) {
      this.height = height;
      this.canvas.width = Math.round(WIDTH * ratio);
      this.canvas.height = Math.round(height * ratio);
      this.canvas.style.height = `${height + 2}px`;
    }
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return context;
  }

  // A row a rotation, a cell where the piece's leftmost column would be: the stronger, the better. The chosen one is outlined.
  heat(context, text, frame) {
    const options = (frame && frame.options) || [];
    const values = options.map((option) => option[2]);
    const lowest = Math.min(...values);
    const span = Math.max(...values) - lowest || 1;
    context.globalAlpha = 0.07;
    context.fillStyle = text;
    for (let row = 0; row < ROTATIONS; row++) for (let column = 0; column < COLUMNS; column++) this.spot(context, row, column);
    context.fillStyle = HEAT_COLOUR;
    for (const [rotation, column, value] of options) {
      context.globalAlpha = 0.12 + 0.88 * ((value - lowest) / span) ** 3;
      this.spot(context, rotation, column);
    }
    context.globalAlpha = 1;
    const chosen = frame && options[frame.chosen];
    if (!chosen) return;
    context.strokeStyle = text;
    context.lineWidth = 2;
    context.strokeRect(this.left + chosen[1] * this.size + 1, chosen[0] * HEAT_ROW + 1, this.size - 2, HEAT_ROW - 2);
  }

  // A piece in a person's hand, in the strip above the board.
  hover(context, colour, cells) {
    const rows = cells.map((index) => Math.floor(index / COLUMNS));
    const lowest = Math.max(...rows);
    context.fillStyle = colour;
    cells.forEach((index, number) => this.spot(context, ROTATIONS - 1 - (lowest - rows[number]), index % COLUMNS));
  }

  spot(context, rotation, column) {
    context.fillRect(this.left + column * this.size + 1, rotation * HEAT_ROW + 1, this.size - 2, HEAT_ROW - 2);
  }

  // What the pointer is on, as a tooltip.
  tell(event) {
    const box = this.canvas.getBoundingClientRect();
    const rotation = Math.floor((event.clientY - box.top) / HEAT_ROW);
    const column = Math.floor((event.clientX - box.left - this.left) / this.size);
    const options = (this.top && this.frame && this.frame.options) || [];
    const option = options.find((one) => one[0] === rotation && one[1] === column);
    this.canvas.title = option ? `turned ${rotation * 90}°, from column ${column + 1}: value ${worth(option[2], this.rules)}` : "";
  }

  grid(context, colour, top, rows) {
    const { left, size } = this;
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

  cell(context, colour, index, top) {
    const { size } = this;
    const x = this.left + (index % COLUMNS) * size;
    const y = top + Math.floor(index / COLUMNS) * size;
    context.fillStyle = colour;
    context.fillRect(x + 1, y + 1, size - 1, size - 1);
    context.fillStyle = "rgba(255, 255, 255, 0.22)";
    context.fillRect(x + 1, y + 1, size - 1, 2);
    context.fillStyle = "rgba(0, 0, 0, 0.12)";
    context.fillRect(x + 1, y + size - 2, size - 1, 2);
  }

  // Where the piece at hand will come to rest.
  ghost(context, colour, text, cells, top) {
    const { left, size } = this;
    for (const index of cells) {
      const x = left + (index % COLUMNS) * size;
      const y = top + Math.floor(index / COLUMNS) * size;
      context.globalAlpha = 0.35;
      context.fillStyle = colour;
      context.fillRect(x + 1, y + 1, size - 1, size - 1);
      context.globalAlpha = 0.9;
      context.strokeStyle = text;
      context.lineWidth = 1;
      context.strokeRect(x + 1.5, y + 1.5, size - 2, size - 2);
    }
    context.globalAlpha = 1;
  }

  // Where training games end.
  line(context, colour, y) {
    context.globalAlpha = 0.55;
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.setLineDash([4, 4]);
    context.beginPath();
    context.moveTo(this.left, y + 0.5);
    context.lineTo(this.left + COLUMNS * this.size, y + 0.5);
    context.stroke();
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  describe(frame, rules, name) {
    const say = (part, text) => (this.root.querySelector(part).textContent = text);
    const title = name || (frame ? `game ${count(frame.game)}` : "no game yet");
    const over = Boolean(frame && frame.over);
    say(".game", title);
    this.root.querySelector(".game").title = title; // a long one is cut
    say(".lines", frame ? count(frame.lines) : "–");
    say(".pieces", frame ? count(frame.pieces) : "–");
    say(".lines-word", frame && frame.lines === 1 ? "line" : "lines");
    say(".pieces-word", frame && frame.pieces === 1 ? "piece" : "pieces");
    say(".next-word", over ? "" : "next");
    say(".piece", over ? "over" : (frame && rules.pieces[frame.piece - 1]) || "–");
    const counts = frame ? `: ${counted(frame.lines, "line")}, ${counted(frame.pieces, "piece")}${over ? ", over" : ""}` : "";
    this.root.setAttribute("aria-label", frame ? `Board of ${title}${counts}` : "Board: no game yet");
  }
}
