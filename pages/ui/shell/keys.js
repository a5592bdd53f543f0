// The list of keys: `?` opens it, or the button; Escape closes it, and the focus is again where it was, as in every modal <dialog>.

const FIELDS = "input, textarea, select, [contenteditable=true], [role=combobox], [role=spinbutton], [role=slider]";
const shown = () => decodeURIComponent(window.location.pathname.split("/").pop()).replaceAll("_", " ") || "Live";

// What has the focus, also inside of a component.
function focused() {
  let found = document.activeElement;
  while (found?.shadowRoot?.activeElement) found = found.shadowRoot.activeElement;
  return found;
}

function made(name, text, ...children) {
  const element = document.createElement(name);
  if (text) element.textContent = text;
  element.append(...children);
  return element;
}

function list(title, keys) {
  const rows = keys.flatMap(({ keys: names, does }) => {
    const caps = names.flatMap((name, place) => [...(place ? [" or "] : []), made("kbd", name)]);
    return [made("dt", "", ...caps), made("dd", does)];
  });
  return [made("h3", title), made("dl", "", ...rows)];
}

function open(root) {
  const dialog = root.querySelector("dialog");
  if (dialog.open) return;
  const { everywhere, pages } = root.keys;
  const page = pages[shown()];
  root.querySelector("h2").textContent = `Keys on ${shown()}`;
  const lists = [...(page ? list(page.where, page.keys) : []), ...list("Everywhere", everywhere)];
  root.querySelector(".lists").replaceChildren(...lists);
  dialog.showModal();
}

function pressed(event) {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (focused()?.matches?.(FIELDS) || document.querySelector("[role=dialog]")) return;
  event.preventDefault();
  open(window.controlRoomKeys);
}

export default ({ data, parentElement, setTriggerValue }) => {
  const root = parentElement.querySelector(".control-room-keys");
  root.keys = data;
  root.tour = () => setTriggerValue("tour", true);
  if (window.controlRoomKeys !== root) {
    window.controlRoomKeys = root;
    const dialog = root.querySelector("dialog");
    root.querySelector(".open").addEventListener("click", () => open(root));
    root.querySelector(".close").addEventListener("click", () => dialog.close());
    root.querySelector(".tour").addEventListener("click", () => {
      dialog.close();
      root.tour();
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()); // beside it
    dialog.addEventListener("keydown", (event) => event.stopPropagation()); // Escape closes nothing else
  }
  window.controlRoomKeyHandler ??= document.addEventListener("keydown", pressed) ?? true;
};
