// A trained network, run in the page: unpacked from the bytes of packing.py, layer by layer. No DOM.
// Images are flat lists, channel by channel, row by row.

import { inflate } from "./inflate.js";

/** The layers of packing.py's `pack` with their weights; bytes is a DataView, layers its descriptions. */
export async function unpackNetwork(layers, bytes) {
  const buffer = await inflate(bytes);
  let place = 0;
  const take = (Type, count) => {
    const size = count * Type.BYTES_PER_ELEMENT;
    place += size;
    return new Type(buffer.slice(place - size, place));
  };
  return layers.map((layer) => {
    if (!layer.outputs) return layer;
    const scale = take(Float32Array, layer.outputs);
    const bias = take(Float32Array, layer.outputs);
    const columns = layer.inputs * (layer.kernel ?? 1) ** 2;
    const whole = take(Int8Array, layer.outputs * columns);
    const weight = Float32Array.from(whole, (value, i) => value * scale[Math.floor(i / columns)]);
    return { ...layer, bias, weight };
  });
}

/** The output of the layers for one input, a Float32Array; a convolution's input is a square image. */
export function runNetwork(layers, input) {
  const steps = { linear, convolution, gelu, relu, sigmoid };
  return layers.reduce((values, layer) => steps[layer.kind](values, layer), input);
}

function linear(input, { weight, bias, inputs, outputs }) {
  const result = new Float32Array(outputs);
  for (let row = 0; row < outputs; row++) {
    let sum = bias[row];
    for (let i = 0, at = row * inputs; i < inputs; i++) sum += weight[at + i] * input[i];
    result[row] = sum;
  }
  return result;
}

/** Every patch under the kernel is a row of numbers, and the convolution a linear layer of it. */
function convolution(input, { weight, bias, inputs, outputs, kernel, stride, padding }) {
  const side = Math.sqrt(input.length / inputs);
  const places = Math.floor((side + 2 * padding - kernel) / stride) + 1;
  const result = new Float32Array(outputs * places * places);
  const patch = { weight, bias, inputs: inputs * kernel * kernel, outputs };
  for (let row = 0; row < places; row++) {
    for (let column = 0; column < places; column++) {
      const corner = [row * stride - padding, column * stride - padding];
      const values = linear(cut(input, side, inputs, kernel, corner), patch);
      for (let o = 0; o < outputs; o++) result[(o * places + row) * places + column] = values[o];
    }
  }
  return result;
}

/** A kernel × kernel patch of every channel with its corner at [top, left]; 0 outside the image. */
function cut(image, side, channels, kernel, [top, left]) {
  const patch = new Float32Array(channels * kernel * kernel);
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let y = top; y < top + kernel; y++) {
      for (let x = left; x < left + kernel; x++, at++) {
        if (y >= 0 && y < side && x >= 0 && x < side) patch[at] = image[(channel * side + y) * side + x];
      }
    }
  }
  return patch;
}

function gelu(input) {
  return input.map((x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2)));
}

function relu(input) {
  return input.map((x) => Math.max(0, x));
}

export function sigmoid(input) {
  return input.map((x) => 1 / (1 + Math.exp(-x)));
}

/** erf within 1.5e-7: Abramowitz and Stegun, 7.1.26. */
export function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
