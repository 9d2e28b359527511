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

/** A number. */
export function numberOf(model, name) {
  const value = model.get(name);
  if (!Number.isFinite(value)) throw new Error(`${name} = ${value} is not a number`);
  return value;
}

/** One of a choice's options, [value, text] each. */
export function optionOf(model, name, options) {
  const value = model.get(name);
  if (!options.some(([option]) => option === value)) throw new Error(`there is no ${name} "${value}"`);
  return value;
}
