// A person's board and an agent's on the same pieces. The person chooses turns and column with the keyboard, the mouse or a finger; what
// a drop does, and what the agent answers, comes from Python.
//
// On the person's board: the mouse shows where the piece would come to rest in its column, a click or a tap drops it there, a finger that
// is drawn to the side takes it along, one drawn up turns it, one drawn down drops it.

const PATIENCE_MS = 3000; // then a drop that was not answered may be repeated
const TAP = 12; // pixels: a finger that moves less stays where it is
const TURNS = { ArrowUp: 1, x: 1, z: -1 };

class Duel {
  constructor(root) {
    this.root = root;
    this.boards = [new Board(true), new Board(true)];
    root.replaceChildren(...this.boards.map((board) => board.root));
    this.hand = null; // the finger or the button that is down on the person's board: where it began, and where the piece was taken to
    this.point(this.boards[0].canvas);
    for (const button of root.parentElement.querySelectorAll(".pad button")) {
      button.addEventListener("click", () => this.take(button.dataset.key));
    }
    this.droppedAt = -Infinity;
    this.ahead = []; // keys that were pressed before the last drop was answered: they are for the next piece
    root.addEventListener("keydown", (event) => this.key(event));
  }

  receive(component) {
    const { data } = component;
    this.drop = (move) => component.setTriggerValue("move", move);
    if (!this.data || data.duel !== this.data.duel || data.pieces_placed !== this.data.pieces_placed) {
      this.turns = 0;
      this.column = 4;
      this.droppedAt = -Infinity;
    }
    if (!this.data || data.duel !== this.data.duel) {
      this.ahead = [];
      this.root.focus();
    }
    this.data = data;
    this.choose(0, 0);
    this.pressAll();
  }

  // Whether the answer to a drop is still on its way; a drop that was not answered for long may be repeated.
  get waiting() {
    return performance.now() - this.droppedAt <= PATIENCE_MS;
  }

  // The available placement nearest to the wanted turns and column.
  choose(turn, step) {
    const { placements } = this.data;
    const turns = [...new Set(placements.map((placement) => placement.turns))];
    if (turn !== 0) this.turns = turns[(turns.indexOf(this.turns) + turn + turns.length) % turns.length];
    if (!turns.includes(this.turns)) this.turns = turns[0];
    const columns = placements.filter((placement) => placement.turns === this.turns).map((placement) => placement.column);
    const wanted = this.column + step;
    const nearest = [...columns].sort((one, other) => Math.abs(one - wanted) - Math.abs(other - wanted))[0];
    this.column = nearest === undefined ? this.column : nearest;
    this.draw();
  }

  get chosen() {
    return this.data.placements.findIndex((placement) => placement.turns === this.turns && placement.column === this.column);
  }

  point(canvas) {
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button > 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.hand = { x: event.clientX, y: event.clientY, at: event.clientX, drawn: false };
    });
    canvas.addEventListener("pointermove", (event) => this.follow(event));
    canvas.addEventListener("pointerup", (event) => this.let(event));
    canvas.addEventListener("pointercancel", () => (this.hand = null));
  }

  // The mouse shows what a click would do; a finger that is drawn to the side takes the piece along, a cell a cell.
  follow(event) {
    if (event.pointerType === "mouse") {
      if (!this.waiting) this.aim(this.columnAt(event));
      return;
    }
    const { hand } = this;
    if (!hand || Math.abs(event.clientY - hand.y) > Math.abs(event.clientX - hand.x)) return;
    const cell = Math.max(TAP, this.boards[0].size);
    for (; Math.abs(event.clientX - hand.at) >= cell; hand.at += Math.sign(event.clientX - hand.at) * cell) {
      this.take(event.clientX > hand.at ? "ArrowRight" : "ArrowLeft");
      hand.drawn = true;
    }
  }

  let(event) {
    const { hand } = this;
    this.hand = null;
    if (!hand || hand.drawn) return;
    const [across, down] = [event.clientX - hand.x, event.clientY - hand.y];
    if (event.pointerType === "mouse" || Math.hypot(across, down) < TAP) this.take(this.columnAt(event));
    else if (Math.abs(down) > Math.abs(across)) this.take(down > 0 ? " " : "ArrowUp");
  }

  columnAt({ clientX }) {
    const board = this.boards[0];
    const { left } = board.canvas.getBoundingClientRect();
    return Math.max(0, Math.min(COLUMNS - 1, Math.floor((clientX - left - board.canvas.clientLeft - board.left) / board.size)));
  }

  // The available placement, turned as it is, whose middle is nearest to a column.
  aim(column) {
    const away = ({ cells }) => {
      const columns = cells.map((index) => index % COLUMNS);
      return Math.abs((Math.min(...columns) + Math.max(...columns)) / 2 - column);
    };
    const turned = this.data.placements.filter((placement) => placement.turns === this.turns);
    if (turned.length === 0) return;
    this.column = turned.reduce((best, one) => (away(one) < away(best) ? one : best)).column;
    this.draw();
  }

  // A key, or the column of a click or a tap.
  take(press) {
    this.ahead.push(press);
    this.pressAll();
  }

  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(step || TURNS[key] || key === " " || key === "ArrowDown")) return;
    event.preventDefault();
    if (event.repeat && !step && !TURNS[key]) return; // a key that is held drops once
    this.take(key);
  }

  pressAll() {
    while (this.ahead.length > 0 && !this.waiting) this.press(this.ahead.shift());
  }

  press(key) {
    if (typeof key === "number") this.aim(key);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (step || TURNS[key]) this.choose(TURNS[key] || 0, step || 0);
    else if (this.chosen >= 0) {
      this.droppedAt = performance.now();
      this.drop({ action: this.chosen, duel: this.data.duel, pieces_placed: this.data.pieces_placed });
    }
  }

  draw() {
    const { data } = this;
    const placement = data.placements[this.chosen];
    const [own, agent] = data.boards;
    this.boards[0].draw(placement ? { ...own, ghost: placement.cells, hover: placement.cells } : own, data, data.names[0]);
    this.boards[1].draw(agent, data, data.names[1]);
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".boards");
  root.duel = root.duel || new Duel(root);
  root.duel.receive(component);
}
