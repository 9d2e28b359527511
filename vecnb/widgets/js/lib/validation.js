// Checked access to a model's traits: an error names the trait and what is wrong with its value. No DOM.

/** The trait "lines": a non-empty list of [x1, y1, x2, y2]. */
export function readLines(model) {
  const lines = model.get("lines");
  if (!Array.isArray(lines) || lines.length === 0) throw new Error("there are no lines");
  lines.forEach((line, i) => {
    const valid = Array.isArray(line) && line.length === 4 && line.every(Number.isFinite);
    if (!valid) throw new Error(`lines[${i}] = ${JSON.stringify(line)} is not four numbers (x1, y1, x2, y2)`);
  });
  return lines;
}

/** The trait "image", rows of 28 × 28 intensities, as one list. */
export function readImage(model) {
  const rows = model.get("image"), pixels = Float32Array.from(Array.isArray(rows) ? rows.flat() : []);
  if (pixels.length !== 28 * 28 || !pixels.every((value) => value >= 0 && value <= 1)) {
    throw new Error("image must be 28 × 28 numbers in [0, 1]");
  }
  return pixels;
}

/** A number from min to max. */
export function readNumber(model, name, [min, max]) {
  const value = model.get(name);
  if (!Number.isFinite(value)) throw new Error(`${name} = ${value} is not a number`);
  if (value < min || value > max) throw new Error(`${name} = ${value} is not from ${min} to ${max}`);
  return value;
}

/** A list of `count` numbers. */
export function readList(model, name, count) {
  const values = model.get(name);
  const valid = Array.isArray(values) && values.length === count && values.every(Number.isFinite);
  if (!valid) throw new Error(`${name} = ${JSON.stringify(values)} is not ${count} numbers`);
  return values;
}

/** A list of `count` integers, each from 0 to below `end`. */
export function readIndices(model, name, count, end) {
  const values = readList(model, name, count);
  const valid = values.every((value) => Number.isInteger(value) && value >= 0 && value < end);
  if (!valid) throw new Error(`${name} = ${JSON.stringify(values)} are not from 0 to ${end - 1}`);
  return values;
}

/** One of the options of a choice, [value, text] each. */
export function readOption(model, name, options) {
  const value = model.get(name);
  if (!options.some(([option]) => option === value)) throw new Error(`there is no ${name} "${value}"`);
  return value;
}
