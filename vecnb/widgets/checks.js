// What a model holds, checked: an error names what is wrong, and the widget shows it. No DOM.

/** Lines, a list of (x1, y1, x2, y2). */
export function linesOf(model) {
  const lines = model.get("lines");
  if (!Array.isArray(lines) || lines.length === 0) throw new Error("there are no lines");
  lines.forEach((line, i) => {
    const good = Array.isArray(line) && line.length === 4 && line.every(Number.isFinite);
    if (!good) throw new Error(`lines[${i}] = ${JSON.stringify(line)} is not four numbers (x1, y1, x2, y2)`);
  });
  return lines;
}

/** A number, from min to max. */
export function numberOf(model, name, min, max) {
  const value = model.get(name);
  if (!Number.isFinite(value)) throw new Error(`${name} = ${value} is not a number`);
  if (value < min || value > max) throw new Error(`${name} = ${value} is not from ${min} to ${max}`);
  return value;
}

/** A list of so many numbers. */
export function listOf(model, name, count) {
  const values = model.get(name);
  const good = Array.isArray(values) && values.length === count && values.every(Number.isFinite);
  if (!good) throw new Error(`${name} = ${JSON.stringify(values)} is not ${count} numbers`);
  return values;
}

/** A list of so many whole numbers, each from 0 to below `end`. */
export function indicesOf(model, name, count, end) {
  const values = listOf(model, name, count);
  const good = values.every((value) => Number.isInteger(value) && value >= 0 && value < end);
  if (!good) throw new Error(`${name} = ${JSON.stringify(values)} are not from 0 to ${end - 1}`);
  return values;
}

/** One of a choice's options, [value, text] each. */
export function optionOf(model, name, options) {
  const value = model.get(name);
  if (!options.some(([option]) => option === value)) throw new Error(`there is no ${name} "${value}"`);
  return value;
}
