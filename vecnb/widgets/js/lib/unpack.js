// Binary data that Python packed and compressed with zlib. No DOM.

/** The bytes of a DataView that zlib.compress made, decompressed, as an ArrayBuffer. */
export async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return await new Response(stream).arrayBuffer();
}

/**
 * The layers of a network with their weights, as packing.py's `pack` wrote them.
 *
 * layers are its descriptions of the layers, bytes a DataView of its compressed numbers.
 */
export async function unpackNetwork(layers, bytes) {
  const buffer = await inflate(bytes);
  let offset = 0;
  const read = (Type, count) => {
    const size = count * Type.BYTES_PER_ELEMENT;
    offset += size;
    return new Type(buffer.slice(offset - size, offset));
  };
  return layers.map((layer) => {
    if (!layer.outputs) return layer;
    const scale = read(Float32Array, layer.outputs);
    const bias = read(Float32Array, layer.outputs);
    const columns = layer.inputs * (layer.kernel ?? 1) ** 2;
    const integers = read(Int8Array, layer.outputs * columns);
    const weight = Float32Array.from(integers, (value, i) => value * scale[Math.floor(i / columns)]);
    return { ...layer, bias, weight };
  });
}
