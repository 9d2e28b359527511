// Numbers as text, and round numbers for axes. No DOM.

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A number with `places` decimals, and a typographic minus sign. */
export function fixed(value, places) {
  return value.toFixed(places).replace("-", "\u2212");
}

/** A share from 0 to 1 as whole per cent. */
export function percent(share) {
  return `${Math.round(100 * share)}\u00a0%`;
}

/** A number with three significant digits, and a power of ten where it is below 0.01. */
export function brief(value) {
  if (!Number.isFinite(value)) return "–";
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1000 ? value.toFixed(0) : size >= 0.01 ? value.toPrecision(3) : scientific(value);
  return text.replace("-", "\u2212");
}

function scientific(value) {
  const [mantissa, exponent] = value.toExponential(1).split("e");
  return `${mantissa}\u00b710\u207b${[...exponent.slice(1)].map((digit) => SUPERSCRIPTS[digit]).join("")}`;
}

/** The label of a value on an axis: a bare power of ten where it is one below 0.01. */
export function tickLabel(value, write) {
  const exponent = Math.log10(value);
  const small = value > 0 && value < 0.01 && Math.abs(exponent - Math.round(exponent)) < 1e-9;
  if (small) return scientific(value).replace(/^.*\u00b7/, "");
  return write === brief ? String(Number(value.toPrecision(3))).replace("-", "\u2212") : write(value);
}

/** A number of the form 1, 2 or 5 times a power of ten, not above (or, up, not below) a positive value. */
export function round125(value, up) {
  const unit = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => Number((step * unit).toPrecision(1)));
  const slack = 1 + 1e-9; // 10 ** −3 is not exactly 0.001
  return up ? steps.find((step) => step * slack >= value) : steps.findLast((step) => step <= value * slack);
}

/** Round bounds {low, high} of the finite ones among `values`; log: of the positive ones. */
export function axisBounds(values, log) {
  const known = values.filter((value) => Number.isFinite(value) && (!log || value > 0));
  if (known.length === 0) return { low: 0, high: 1 };
  const low = Math.min(...known), high = Math.max(...known);
  if (log) return { low: round125(low, false), high: round125(Math.max(high, 1.5 * low), true) };
  const step = round125(high - low || Math.abs(high) || 1, false) / 2;
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step + 1e-9) * step };
}

/** The values that get a tick: both ends, and the middle or, log, one or two powers of ten between them. */
export function axisTicks(low, high, log) {
  if (!log) return [low, (low + high) / 2, high];
  const first = Math.log10(low), last = Math.log10(high), margin = (last - first) / 4;
  const exponents = [];
  for (let exponent = Math.ceil(first + margin); exponent <= last - margin; exponent++) {
    exponents.push(exponent);
  }
  const every = Math.ceil(exponents.length / 2);
  return [low, ...exponents.filter((_, i) => i % every === 0).map((exponent) => 10 ** exponent), high];
}
