// What Python deflated, inflated. No DOM.

/** The bytes of a DataView that zlib.compress made, as an ArrayBuffer. */
export async function inflate(bytes) {
  const inflated = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return await new Response(inflated).arrayBuffer();
}
