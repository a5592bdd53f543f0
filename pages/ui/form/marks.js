// Says of every field of the dialog whether it is wrong, and goes to the first wrong one, once a try. Keys are names of our own.

const fieldOf = (key) => document.querySelector(`.st-key-${CSS.escape(key)} input`);

export default ({ data, parentElement }) => {
  const { wrong, tries } = data;
  const fields = wrong.map(fieldOf).filter(Boolean);
  for (const field of document.querySelectorAll("[role=dialog] input[aria-invalid=true]")) {
    if (!fields.includes(field)) field.removeAttribute("aria-invalid");
  }
  for (const field of fields) field.setAttribute("aria-invalid", "true");
  if (fields.length > 0 && parentElement.tries !== tries) requestAnimationFrame(() => fields[0].focus());
  parentElement.tries = tries;
};
