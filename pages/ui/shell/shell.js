// Mounted by every page, and by each anew. What it does is done to the document, which outlives them all: a style sheet in its head,
// which no rerun can lose, going to another page when the app asks for it, and what Escape does in a table.

const SHEET = "control-room-style";
const gone = (window.controlRoomGone ??= new Set()); // the requests that were followed: each is one, however often it is drawn

// What the app fills into the address by itself is no step of a person, and Back must not end there: run, sweep, recording and game
// that are shown when the address named none, and the piece at which a game rests.
const FILLED_IN = ["run", "evaluation", "game", "study"];
const FOLLOWED = ["piece"];
const PASSED_MS = 2_000; // by then the browser has gone back, or there is nothing to go back to

function isStep(from, to) {
  if (from.pathname !== to.pathname) return true;
  const names = new Set([...from.searchParams.keys(), ...to.searchParams.keys()]);
  return [...names].some((name) => {
    const same = from.searchParams.get(name) === to.searchParams.get(name);
    return !same && !FOLLOWED.includes(name) && (from.searchParams.has(name) || !FILLED_IN.includes(name));
  });
}

function watchHistory() {
  const push = window.history.pushState.bind(window.history);
  const replace = window.history.replaceState.bind(window.history);
  let shown = new URL(window.location.href);
  let passing = -Infinity; // when the browser was asked to go further back
  const after = (change) => (state, title, address) => {
    change(state, title, address);
    shown = new URL(window.location.href);
  };
  window.history.replaceState = after(replace);
  window.history.pushState = after((state, title, address) => {
    const step = isStep(shown, new URL(address ?? "", shown));
    if (!step && performance.now() - passing < PASSED_MS) return; // a changed address would end the way back
    (step ? push : replace)(state, title, address);
  });
  // The very first address may have been filled in before this script was there: Back passes it over.
  const pass = (event) => {
    const left = shown;
    shown = new URL(window.location.href);
    if (left.href === shown.href || isStep(shown, left)) return;
    event.stopImmediatePropagation();
    passing = performance.now();
    window.history.back();
  };
  window.addEventListener("popstate", pass, true);
}

if (!window.controlRoomWatches) {
  window.controlRoomWatches = true;
  watchHistory();
}

function dress(style) {
  let sheet = document.getElementById(SHEET);
  if (!sheet) {
    sheet = document.createElement("style");
    sheet.id = SHEET;
    document.head.append(sheet);
  }
  if (sheet.textContent !== style) sheet.textContent = style;
}

// Escape closes a dialog. What is being typed in it is taken over first, as when the field is left.
if (!window.controlRoomEscape) {
  window.controlRoomEscape = true;
  const leave = (event) => event.key === "Escape" && event.target.matches?.("[role=dialog] :is(input, textarea)") && event.target.blur();
  document.addEventListener("keydown", leave, true);
}

// What Streamlit draws and the keyboard or a screen reader cannot use by itself: a box that scrolls must take the focus, and the small
// curve in a card, whose figure stands beside it, is decoration. A toast names an element that is not there as its title.
function mend() {
  for (const box of document.querySelectorAll('.st-key-events:not([tabindex])')) {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", "Events");
  }
  for (const curve of document.querySelectorAll('[data-testid="stMetricChart"]:not([aria-hidden])')) curve.setAttribute("aria-hidden", "true");
  for (const toast of document.querySelectorAll('[data-testid="stToast"]:not([aria-label])')) {
    toast.setAttribute("aria-label", "Notification");
    toast.removeAttribute("aria-labelledby");
  }
}

if (!window.controlRoomMend) {
  window.controlRoomMend = new MutationObserver(mend);
  window.controlRoomMend.observe(document.body, { childList: true, subtree: true });
}

// As Back and Forward do it: the browser changes the address, and Streamlit follows. It stops the timers of this page before it asks
// for the other one, and the history gets one entry.
function follow(address) {
  window.history.pushState({}, "", new URL(address, window.location.href));
  window.dispatchEvent(new PopStateEvent("popstate"));
}

window.controlRoomFollow = follow; // a chart does so too

function go({ number, address }) {
  if (gone.has(number)) return;
  gone.add(number);
  follow(address);
}

// In a table of Streamlit Escape lets go of every row that was selected, and nothing brings them back. Here it leaves the table.
function keepRows(event) {
  const cell = event.target;
  if (event.key !== "Escape" || !(cell instanceof Element) || cell.matches("input") || !cell.closest(".stDataFrame")) return;
  if (document.querySelector('[data-testid="stDataFrameButtonActionMenu"]')) return; // which it closes
  event.stopImmediatePropagation();
  cell.blur();
}

// On a phone the sidebar lies over the page: it gives way once a choice is made there.
const NARROW = 640; // pixels
const CHOICES = '[data-testid="stPageLink"] a, .st-key-start_new_run button';

function closeDrawer() {
  if (window.innerWidth > NARROW) return;
  const button = document.querySelector('[data-testid="stSidebarCollapseButton"] button');
  if (button?.getAttribute("aria-expanded") === "true") button.click();
}

function followChoice(event) {
  if (event.target instanceof Element && event.target.closest(CHOICES)) setTimeout(closeDrawer); // once it has been obeyed
}

function showRun(run) {
  if (window.controlRoomRun && run && run !== window.controlRoomRun) closeDrawer();
  window.controlRoomRun = run;
}

export default ({ data }) => {
  window.controlRoomDrawer ??= document.addEventListener("click", followChoice) ?? true;
  window.controlRoomKeepsRows ??= window.addEventListener("keydown", keepRows, true) ?? true;
  dress(data.style);
  mend();
  showRun(data.run);
  if (data.go) go(data.go);
};
