// A trained network, run in the page: unpacked from the bytes of packing.py, layer by layer. No DOM.
// Images are flat lists, channel by channel, row by row.

import { inflate } from "./inflate.js";
import { sigmoid } from "./sigmoid.js";

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

/** What the layers make of `count` inputs, one behind the other; a convolution's input is a square image. */
export function runNetwork(layers, inputs, count = 1) {
  const steps = { linear, convolution, gelu: each(gelu), relu: each(relu), sigmoid: each(sigmoid) };
  return layers.reduce((values, layer) => steps[layer.kind](values, layer, count), inputs);
}

/** An activation of one number, of all of them. */
function each(activation) {
  return (values) => values.map((x) => activation(x));
}

const AT_ONCE = 5; // inputs that share the reading of a weight: half as long as one after the other

function linear(values, { weight, bias, inputs, outputs }, count) {
  const result = new Float32Array(count * outputs);
  let first = 0;
  for (; first + AT_ONCE <= count; first += AT_ONCE) {
    const a = first * inputs, b = a + inputs, c = b + inputs, d = c + inputs, e = d + inputs;
    for (let row = 0; row < outputs; row++) {
      let sumA = bias[row], sumB = sumA, sumC = sumA, sumD = sumA, sumE = sumA;
      for (let i = 0, at = row * inputs; i < inputs; i++) {
        const w = weight[at + i];
        sumA += w * values[a + i];
        sumB += w * values[b + i];
        sumC += w * values[c + i];
        sumD += w * values[d + i];
        sumE += w * values[e + i];
      }
      [sumA, sumB, sumC, sumD, sumE].forEach((sum, k) => (result[(first + k) * outputs + row] = sum));
    }
  }
  for (; first < count; first++) {
    for (let row = 0; row < outputs; row++) {
      let sum = bias[row];
      for (let i = 0, at = row * inputs; i < inputs; i++) sum += weight[at + i] * values[first * inputs + i];
      result[first * outputs + row] = sum;
    }
  }
  return result;
}

/** Every patch under the kernel is a row of numbers, and the convolution a linear layer of it. */
function convolution(images, { weight, bias, inputs, outputs, kernel, stride, padding }, count) {
  const side = Math.sqrt(images.length / count / inputs);
  const along = Math.floor((side + 2 * padding - kernel) / stride) + 1;
  const places = along * along, size = inputs * kernel * kernel;
  const patches = new Float32Array(count * places * size);
  for (let image = 0, at = 0; image < count; image++) {
    const pixels = images.subarray(image * inputs * side * side, (image + 1) * inputs * side * side);
    for (let place = 0; place < places; place++, at += size) {
      const corner = [Math.floor(place / along) * stride - padding, (place % along) * stride - padding];
      cut(patches.subarray(at, at + size), pixels, side, inputs, kernel, corner);
    }
  }
  const values = linear(patches, { weight, bias, inputs: size, outputs }, count * places);
  return byChannel(values, count, places, outputs);
}

/** Fill `patch`: kernel × kernel of every channel with its corner at [top, left]; 0 outside the image. */
function cut(patch, image, side, channels, kernel, [top, left]) {
  for (let channel = 0, at = 0; channel < channels; channel++) {
    for (let y = top; y < top + kernel; y++) {
      for (let x = left; x < left + kernel; x++, at++) {
        if (y >= 0 && y < side && x >= 0 && x < side) patch[at] = image[(channel * side + y) * side + x];
      }
    }
  }
}

/** [count, places, channels] as [count, channels, places]. */
function byChannel(values, count, places, channels) {
  const result = new Float32Array(values.length);
  for (let image = 0, at = 0; image < count; image++) {
    for (let place = 0; place < places; place++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        result[(image * channels + channel) * places + place] = values[at];
      }
    }
  }
  return result;
}

function gelu(x) {
  return 0.5 * x * (1 + errorFunction(x / Math.SQRT2));
}

function relu(x) {
  return Math.max(0, x);
}

/** erf within 1.5e-7: Abramowitz and Stegun, 7.1.26. */
export function errorFunction(x) {
  const t = 1 / (1 + 0.3275911 * Math.abs(x));
  const series = t *
    (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return Math.sign(x) * (1 - series * Math.exp(-x * x));
}
