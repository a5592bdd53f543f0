// Copies the address of a run to the clipboard and says so for a moment.

const SAID_MS = 2_000;

// A page that is neither local nor encrypted has no clipboard of its own: there the browser copies what is selected.
async function copy(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.style.position = "fixed";
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  if (!done) throw new Error("The browser copies nothing.");
}

function link(run) {
  const address = new URL(window.location.href);
  address.search = new URLSearchParams({ run }).toString();
  address.hash = "";
  return address.href;
}

export default ({ data, parentElement }) => {
  const root = parentElement.querySelector(".copy-link");
  const button = root.querySelector("button");
  const said = root.querySelector("p");
  button.onclick = async () => {
    try {
      await copy(link(data.run));
      said.textContent = "Copied";
    } catch {
      said.textContent = "Not copied";
    }
    root.classList.add("said");
    clearTimeout(root.timer);
    root.timer = setTimeout(() => {
      said.textContent = "";
      root.classList.remove("said");
    }, SAID_MS);
  };
};
