// The board: a picture that can be drawn on, and the strokes found in it.
// Convention: a picture is {pixels, height, width}, a byte a pixel, ink = 255; strokes are in its pixels.

import { squareView } from "../ui/canvas.js";
import { element } from "../ui/dom.js";
import { drawOn } from "../ui/pen.js";
import { LONGEST } from "./reading.js";
import { strokesView } from "./strokes_view.js";

const PEN = 1 / 36; // of the board's side
const EMPTY = { pixels: new Uint8Array(LONGEST * LONGEST), height: LONGEST, width: LONGEST };

/**
 * {node, strokes, picture, drawn, down, pale, show(picture), undo()}.
 *
 * show replaces everything by a picture, or by nothing; begun() is called when the pen is set down, lifted() when
 * it is lifted. `pale` is whether the picture is, for what is above it.
 */
export function board({ begun, lifted }) {
  const { node, canvas, svg } = squareView("the picture");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const strokes = strokesView();
  const hint = element(
    "span",
    { class: "vecnb-hint", "aria-hidden": "true" },
    "draw here, or drop a picture",
  );
  let base = EMPTY, lines = [], current = null;

  /** A point of the board in the picture, which lies in its middle, as large as it can be. */
  function toPixels([x, y]) {
    const side = Math.max(base.height, base.width);
    return [side * x - (side - base.width) / 2, side * y - (side - base.height) / 2];
  }

  function paint(line) {
    context.lineWidth = PEN * Math.max(base.height, base.width);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = "black";
    context.beginPath();
    context.moveTo(...line[0]);
    line.forEach((point) => context.lineTo(...point)); // the first again: a dot has an end
    context.stroke();
  }

  function repaint() {
    const { pixels, height, width } = base;
    Object.assign(canvas, { height, width });
    const image = context.createImageData(width, height), words = new Uint32Array(image.data.buffer);
    words.set(Uint32Array.from(pixels, (ink) => 0xff000000 | ((255 - ink) * 0x010101)));
    context.putImageData(image, 0, 0);
    lines.forEach(paint);
    strokes.resize(height, width);
  }

  const pen = {
    get down() {
      return current !== null;
    },
    begin(point) {
      hint.hidden = true;
      lines.push(current = [toPixels(point)]);
      paint(current);
      begun();
    },
    extend(points) {
      current.push(...points.map(toPixels));
      paint(current.slice(-points.length - 1));
    },
    end() {
      current = null;
      lifted();
    },
  };
  node.classList.add("vecnb-board");
  node.append(hint);
  svg.append(strokes.node, drawOn(node, PEN, pen));
  return {
    node,
    strokes,
    /** What is on the board now. */
    get picture() {
      if (lines.length === 0) return base;
      const { data } = context.getImageData(0, 0, base.width, base.height);
      return { ...base, pixels: Uint8Array.from({ length: data.length / 4 }, (_, i) => 255 - data[4 * i]) };
    },
    /** How many lines were drawn. */
    get drawn() {
      return lines.length;
    },
    /** Whether the pen is. */
    get down() {
      return pen.down;
    },
    show(picture) {
      [base, lines] = [picture ?? EMPTY, []];
      hint.hidden = picture !== null;
      repaint();
    },
    undo() {
      lines.pop();
      repaint();
    },
    set pale(to) {
      node.classList.toggle("vecnb-pale", to);
    },
  };
}
