// A leaderboard. Every row of a model has a button, its name, which opens it; a click anywhere in the row does the same. The arrow keys
// go from row to row, Enter opens. Texts are set as text.

const KEYS = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };

class Leaderboard {
  constructor(root) {
    this.root = root;
    this.sort = null; // the number of the column that a person has sorted by, and 1 or -1
    root.addEventListener("keydown", (event) => this.key(event));
  }

  receive(component) {
    const { data } = component;
    const text = JSON.stringify([data.columns, data.rows, data.name]);
    this.data = data;
    this.tell = (key) => component.setTriggerValue("open", key);
    if (text !== this.drawn) this.draw(); // a button is never taken away under the finger that is on it
    this.drawn = text;
    this.mark(data.open);
    if (this.asked === data.open) this.reveal();
  }

  draw() {
    const { columns, name } = this.data;
    const focused = this.root.querySelector("tbody button:focus")?.dataset.key;
    const table = this.root.querySelector("table");
    table.setAttribute("aria-label", name);
    const head = this.make("thead", [this.make("tr", columns.map((column, number) => this.heading(column, number)))]);
    table.replaceChildren(head, this.make("tbody", this.ordered().map((row) => this.row(row))));
    if (focused) this.root.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
  }

  make(tag, children = [], className = "") {
    const element = document.createElement(tag);
    if (className) element.className = className;
    element.append(...children);
    return element;
  }

  heading({ label, help, number: right }, number) {
    const up = this.sort?.[0] === number ? this.sort[1] : 0;
    const button = this.make("button", [label + (up ? (up > 0 ? " ↑" : " ↓") : "")], right ? "number" : "");
    button.type = "button";
    button.title = help ? `${help}. Click to sort.` : "Click to sort.";
    button.addEventListener("click", () => {
      this.sort = [number, up ? -up : right ? -1 : 1];
      this.draw();
      this.mark(this.shown);
      this.root.querySelectorAll("thead button")[number].focus();
    });
    const cell = this.make("th", [button], right ? "number" : "");
    cell.scope = "col";
    cell.setAttribute("aria-sort", up ? (up > 0 ? "ascending" : "descending") : "none");
    return cell;
  }

  row({ key, cells }) {
    const [title, ...others] = cells.map(([text]) => text);
    const name = this.make(key ? "button" : "span", [title]);
    name.title = title;
    const first = this.make("th", [name]);
    first.scope = "row";
    const row = this.make("tr", [first, ...others.map((text, number) => this.make("td", [text], this.data.columns[number + 1].number ? "number" : ""))]);
    if (!key) return row;
    name.type = "button";
    name.dataset.key = key;
    row.className = "opens";
    row.addEventListener("click", () => this.open(key));
    return row;
  }

  // Rows without a value come last, whichever way they are sorted.
  ordered() {
    if (!this.sort) return this.data.rows;
    const [column, up] = this.sort;
    const value = ({ cells }) => cells[column][1];
    const known = this.data.rows.filter((row) => value(row) !== null);
    known.sort((one, other) => up * (typeof value(one) === "number" ? value(one) - value(other) : value(one).localeCompare(value(other))));
    return [...known, ...this.data.rows.filter((row) => value(row) === null)];
  }

  mark(key) {
    this.shown = key;
    const buttons = [...this.root.querySelectorAll("tbody button")];
    const reached = buttons.find((button) => button.dataset.key === key) ?? buttons[0];
    for (const button of buttons) {
      const open = button.dataset.key === key;
      button.closest("tr").classList.toggle("open", open);
      button.setAttribute("aria-pressed", String(open));
      button.tabIndex = button === reached ? 0 : -1; // one stop of the Tab key; the arrow keys go on from there
    }
  }

  open(key) {
    this.mark(key);
    this.asked = key;
    this.tell(key);
    if (key === this.data.open) this.reveal();
  }

  // In a narrow window the model is below the table.
  reveal() {
    this.asked = null;
    const detail = document.querySelector(".st-key-model_detail");
    if (detail && detail.getBoundingClientRect().top > this.root.getBoundingClientRect().bottom) detail.scrollIntoView({ block: "start" });
  }

  key(event) {
    const buttons = [...this.root.querySelectorAll("tbody button")];
    const at = buttons.indexOf(event.target);
    if (at < 0 || !(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const next = buttons[Math.max(0, Math.min(buttons.length - 1, at + KEYS[event.key]))];
    event.target.tabIndex = -1;
    next.tabIndex = 0;
    next.focus();
  }
}

export default function (component) {
  const root = component.parentElement.querySelector(".leaderboard");
  root.leaderboard = root.leaderboard || new Leaderboard(root);
  root.leaderboard.receive(component);
}
