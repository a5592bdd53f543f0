// Full screen by F, Escape or the button. It is a class on the document's root alone: `style.css` says what is seen then, so the page
// goes on being refreshed as ever. Where the browser has no full screen, or refuses it, the same view fills the window.

const ON = "control-room-projector";
const PAGE = ".st-key-live_body"; // what can be shown so
const KEYS = { f: "toggle" };
const NO_TEXT = ["button", "checkbox", "radio", "range", "submit"]; // inputs in which nobody types

const root = document.documentElement;
const isOn = () => root.classList.contains(ON);

function isTyping(event) {
  const [target] = event.composedPath();
  if (!(target instanceof Element)) return false;
  if (target instanceof HTMLInputElement) return !NO_TEXT.includes(target.type);
  return target.isContentEditable || target.matches("textarea, select, [role=textbox], [role=combobox]");
}

function set(on) {
  if (on === isOn()) return;
  root.classList.toggle(ON, on);
  if (on) root.requestFullscreen?.().catch(() => {}); // then it fills the window
  else if (document.fullscreenElement) document.exitFullscreen();
  window.dispatchEvent(new CustomEvent(ON));
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTyping(event)) return;
  if (event.key === "Escape") set(false);
  const here = document.querySelector(PAGE) && !document.querySelector("[role=dialog], dialog[open]");
  if (KEYS[event.key.toLowerCase()] && !event.repeat && here) set(!isOn());
}

// Escape in the browser's own full screen reaches no page: it only says that it is over.
function left() {
  if (!document.fullscreenElement) set(false);
}

if (!window.controlRoomProjector) {
  window.controlRoomProjector = true;
  window.addEventListener("keydown", key);
  document.addEventListener("fullscreenchange", left);
}

export default function ({ parentElement }) {
  const button = parentElement.querySelector("button");
  const show = () => {
    const on = isOn();
    button.setAttribute("aria-pressed", String(on));
    button.title = on ? "Leave the full screen (F or Escape)" : "Picture and three figures alone, as for a projector (F)";
    button.querySelector("span").textContent = on ? "Leave full screen" : "Full screen";
  };
  show();
  button.onclick = () => set(!isOn());
  window.addEventListener(ON, show);
  return () => window.removeEventListener(ON, show);
}
