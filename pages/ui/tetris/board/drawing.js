// One board on a canvas: cells, where the next piece will come to rest, and what a network makes of every placement. Constant text
// and numbers only: names and counts are set as text.
//
// How large a cell is, the style sheet says (`--cell`, which a page sets on what is around the board; see `board_room`), so that a board
// has its room before anything is drawn. A board is drawn in the pixels of the screen, sharp at any size and zoom.

const COLUMNS = 10;
const ROTATIONS = 4;
const HEAT_ROW = 13;
const HEAT_GAP = 10;
const HEAT_COLOUR = "#0072B2";
const NEXT_CELL = 0.58; // em
const SVG = "http://www.w3.org/2000/svg";
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

// A piece as a picture: rows of "#" and ".", highest first.
function shapeOf(rows, colour) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${rows[0].length} ${rows.length}`);
  svg.style.width = `${rows[0].length * NEXT_CELL}em`;
  svg.style.height = `${rows.length * NEXT_CELL}em`;
  for (let row = 0; row < rows.length; row++) {
    for (let column = 0; column < rows[row].length; column++) {
      if (rows[row][column] !== "#") continue;
      const cell = document.createElementNS(SVG, "rect");
      Object.entries({ x: column + 0.04, y: row + 0.04, width: 0.92, height: 0.92, fill: colour }).forEach(([name, value]) => cell.setAttribute(name, value));
      svg.append(cell);
    }
  }
  return svg;
}

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
    this.root.style.setProperty("--strip", `${this.top}px`);
    this.pixels = null; // of the screen that the canvas has: width and height
    this.canvas.addEventListener("pointermove", (event) => this.tell(event));
    this.frame = null;
    this.watchSize();
  }

  // The window, the zoom and the rows of the board decide how large it is.
  watchSize() {
    const fit = ([{ devicePixelContentBoxSize: exact, contentRect }]) => {
      const ratio = window.devicePixelRatio || 1;
      const pixels = exact
        ? [exact[0].inlineSize, exact[0].blockSize]
        : [contentRect.width, contentRect.height].map((side) => Math.round(side * ratio));
      if (String(pixels) === String(this.pixels)) return;
      this.pixels = pixels;
      if (this.rules) this.draw(this.frame, this.rules, this.name);
    };
    const observer = new ResizeObserver(fit);
    try {
      observer.observe(this.canvas, { box: "device-pixel-content-box" });
    } catch {
      observer.observe(this.canvas);
    }
  }

  // rules: colours, names and shapes of the pieces, rows of an empty board, the row above which games end or null, whether values are
  // log-odds
  draw(frame, rules, name = "") {
    this.frame = frame;
    this.rules = rules;
    this.name = name;
    const style = getComputedStyle(this.root);
    const rows = frame ? frame.cells.length / COLUMNS : rules.height;
    this.require(rows);
    const { top } = this;
    const context = this.context();
    if (frame && frame.hover) this.hover(context, rules.colours[frame.piece - 1], frame.hover);
    else if (top) this.heat(context, style.color, frame);
    this.grid(context, style.color, top, rows);
    for (let index = 0; frame && index < frame.cells.length; index++) {
      const piece = Number(frame.cells[index]);
      if (piece > 0) this.cell(context, rules.colours[piece - 1], index, top);
    }
    if (frame && frame.ghost) this.ghost(context, rules.colours[frame.piece - 1], style.color, frame.ghost, top);
    if (rules.ceiling) this.line(context, style.color, top + (rows - rules.ceiling) * this.size);
    this.describe(frame, rules, name);
    this.canvas.dataset.drawn = String(Number(this.canvas.dataset.drawn) + 1);
  }

  // What is said of a frame beside where it is.
  remark(frame, rules) {
    const chosen = frame.options && frame.options[frame.chosen];
    return chosen ? `value of the placement ${worth(chosen[2], rules)}` : "";
  }

  // Room for so many rows.
  require(rows) {
    if (rows === this.rows) return;
    this.rows = rows;
    this.root.style.setProperty("--rows", String(rows));
    this.pixels = null;
  }

  // What is drawn on, with nothing on it, and how large a cell is: a whole number of pixels of the screen.
  context() {
    const { canvas } = this;
    const ratio = window.devicePixelRatio || 1;
    this.pixels ??= [canvas.clientWidth, canvas.clientHeight].map((side) => Math.round(side * ratio));
    const [width, height] = this.pixels;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    this.size = Math.max(1, Math.floor(Math.min(width / COLUMNS, (height - this.top * ratio) / this.rows))) / ratio;
    this.left = Math.max(0, Math.floor((width - this.size * ratio * COLUMNS) / 2)) / ratio;
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width / ratio, height / ratio);
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
    const piece = (!over && frame && rules.pieces[frame.piece - 1]) || "";
    this.showNext(piece, over ? "over" : "–", rules);
    const next = over ? ", over" : piece && `, next ${piece}`;
    const counts = frame ? `: ${counted(frame.lines, "line")}, ${counted(frame.pieces, "piece")}${next}` : "";
    this.root.setAttribute("aria-label", frame ? `Board of ${title}${counts}` : "Board: no game yet");
  }

  // The piece that comes next, drawn as it is before it is turned; made anew only when it is another one.
  showNext(piece, otherwise, rules) {
    const place = this.root.querySelector(".piece");
    const shown = piece || otherwise;
    if (place.dataset.piece === shown) return;
    place.dataset.piece = shown;
    place.title = piece;
    const number = rules.pieces.indexOf(piece);
    place.replaceChildren(number < 0 ? shown : shapeOf(rules.shapes[number], rules.colours[number]));
  }
}
