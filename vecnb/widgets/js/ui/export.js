// Taking a text away: as a file, or on the clipboard.

import { element } from "./dom.js";

/** Save a text as a file of this name. */
export function save(text, name, type = "image/svg+xml") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** Put a text on the clipboard; returns `message`, for the reader, or why it could not be done. */
export async function copy(text, message) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    if (!copyBySelection(text)) return `This browser lets no page copy. Here it is: ${text}`;
  }
  return message;
}

/** For pages without the clipboard API (not over https, or not permitted): select the text and copy it. */
function copyBySelection(text) {
  const area = element("textarea", { class: "vecnb-off-screen", readonly: "" });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
