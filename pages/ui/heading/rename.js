// The pencil beside the name of a run. A press turns the name into a field: Enter keeps what was typed, Escape drops it. While it is
// open, the style sheet hides the name (`.st-key-run_name:has(.rename.open)`). The field stays in place when the page is drawn anew.

class Rename {
  constructor(root) {
    this.root = root;
    this.pencil = root.querySelector("button");
    this.field = root.querySelector("input");
    this.said = root.querySelector("[role=alert]");
    this.pencil.addEventListener("click", () => this.open());
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.say(""));
  }

  receive({ data, setTriggerValue }) {
    if (this.data && data.run !== this.data.run) this.close();
    this.data = data;
    this.tell = (name) => setTriggerValue("name", name);
    this.pencil.hidden = !data.may;
  }

  open() {
    this.field.value = this.data.name;
    this.root.classList.add("open");
    this.field.focus();
    this.field.select();
  }

  close() {
    this.root.classList.remove("open");
    this.say("");
  }

  say(sentence) {
    this.said.textContent = sentence;
    this.field.toggleAttribute("aria-invalid", sentence !== "");
    if (sentence) this.field.setAttribute("aria-invalid", "true");
  }

  key(event) {
    event.stopPropagation(); // letters are no commands of the page
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    const name = this.field.value.trim().replace(/\s+/gu, " ");
    const characters = [...name].length;
    if (event.key === "Enter" && (characters === 0 || characters > this.data.most)) {
      this.say(`A name must be of 1 to ${this.data.most} characters; got ${characters}.`);
      return;
    }
    this.close();
    this.pencil.focus();
    if (event.key === "Enter" && name !== this.data.name) this.tell(name);
  }
}

export default (component) => {
  const root = component.parentElement.querySelector(".rename");
  root.rename = root.rename || new Rename(root);
  root.rename.receive(component);
};
