// Whether this browser shows notifications, and the button that asks it. Only a click may ask, and a browser asks a person once.

const WORDS = {
  granted: "This browser shows notifications.",
  denied: "This browser was told not to show notifications of this page; its settings of the site can change that.",
  default: "This browser has not been asked yet.",
  missing: "This browser shows no notifications here: it does so for localhost and for addresses with https alone.",
};

const permission = () => ("Notification" in window && window.isSecureContext ? Notification.permission : "missing");

export default ({ parentElement }) => {
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("span");
  button.textContent = "Notify in this browser";
  const show = () => {
    const state = permission();
    button.hidden = state !== "default";
    if (status.textContent !== WORDS[state]) status.textContent = WORDS[state];
  };
  button.onclick = () => Notification.requestPermission().then(show, show);
  show();
};
