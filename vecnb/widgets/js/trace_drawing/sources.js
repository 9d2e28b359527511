// Where pictures come from: a file that is opened, dropped or pasted.

import { button } from "../ui/controls.js";
import { element } from "../ui/dom.js";
import { guarded } from "../ui/mount.js";
import { LONGEST, readPicture } from "./reading.js";

/**
 * {node, stop()}: a button that opens a file; and files that are dropped on the widget, or pasted while it is seen.
 *
 * found(picture, text) is called with a picture and what there is to say about it, refused(text) if there is none.
 */
export function pictureSources(root, { found, refused }) {
  const read = guarded(async (file) => {
    if (!file) return refused("There was no picture in it: drop or paste a file, or what a program copied.");
    try {
      const { picture, height, width } = await readPicture(file);
      const smaller = Math.max(height, width) > LONGEST;
      const sizes = `${width} × ${height} pixels`;
      const now = `scaled down to ${picture.width} × ${picture.height}; vecnb vectorise takes all of it`;
      found(picture, smaller ? `${sizes}, ${now}.` : `${sizes}.`);
    } catch (error) {
      refused(error.message);
    }
  });
  const input = element("input", { type: "file", accept: "image/*", hidden: "" });
  input.addEventListener("change", () => {
    if (input.files.length) read(input.files[0]);
    input.value = ""; // the same file may be opened again
  });
  acceptDrops(root, read);
  const node = button("Open a picture…", () => input.click());
  node.append(input);
  return { node, stop: acceptPastes(root, read) };
}

function acceptDrops(root, read) {
  let depth = 0; // of the elements within the root that are below the pointer
  const mark = (to) => root.classList.toggle("vecnb-drop", (depth = Math.max(0, to)) > 0);
  root.addEventListener("dragenter", () => mark(depth + 1));
  root.addEventListener("dragleave", () => mark(depth - 1));
  root.addEventListener("dragover", (event) => event.preventDefault());
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(0);
    read(event.dataTransfer.files[0]);
  });
}

/** Pictures that are pasted while the widget is on the screen, and no text is being edited. */
function acceptPastes(root, read) {
  const paste = (event) => {
    const file = event.clipboardData?.files[0], { top, bottom } = root.getBoundingClientRect();
    const edited = event.target.closest?.("input, textarea, [contenteditable]");
    if (!file || edited || bottom < 0 || top > innerHeight) return;
    event.preventDefault();
    read(file);
  };
  document.addEventListener("paste", paste);
  return () => document.removeEventListener("paste", paste);
}
