// Arrays as Python sends them: bytes with their dtype and shape. Twin of `widgets/packing.py`.

export interface PackedArray {
  dtype: "uint8" | "uint16" | "int32" | "uint32" | "float32";
  shape: number[];
  data: DataView;
}

export type Numbers = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array;

const VIEWS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
} as const;

export function unpack(packed: PackedArray): Numbers {
  const { data, dtype } = packed;
  const View = VIEWS[dtype];
  // Bytes from the wire may start at any offset; a typed array must start at a multiple of its size.
  if (data.byteOffset % View.BYTES_PER_ELEMENT === 0) {
    return new View(data.buffer as ArrayBuffer, data.byteOffset, data.byteLength / View.BYTES_PER_ELEMENT);
  }
  return new View(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer);
}
