// A person's board and an agent's on the same pieces. The person chooses turns and column with the keyboard; what a drop does, and what
// the agent answers, comes from Python.

const PATIENCE_MS = 3000; // then a drop that was not answered may be repeated
const TURNS = { ArrowUp: 1, x: 1, z: -1 };

class Duel {
  constructor(root) {
    this.root = root;
    this.boards = [new Board(true), new Board(true)];
    root.replaceChildren(...this.boards.map((board) => board.root));
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

  key(event) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[key];
    if (event.ctrlKey || event.metaKey || event.altKey || !(step || TURNS[key] || key === " " || key === "ArrowDown")) return;
    event.preventDefault();
    if (event.repeat && !step && !TURNS[key]) return; // a key that is held drops once
    this.ahead.push(key);
    this.pressAll();
  }

  pressAll() {
    while (this.ahead.length > 0 && !this.waiting) this.press(this.ahead.shift());
  }

  press(key) {
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
