// A small network as ONNX files, written byte by byte: a floating-point model and its INT8 version with Q and DQ nodes.

const varint = (value) => {
  const bytes = [];
  let rest = value;
  do {
    bytes.push((rest % 128) + (rest > 127 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
};
const whole = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const part = (field, ...parts) => {
  const body = Buffer.concat(parts.map((one) => (typeof one === "string" ? Buffer.from(one) : one)));
  return Buffer.concat([varint(field * 8 + 2), varint(body.length), body]);
};
const [FLOAT, UINT8, INT8, INT64] = [1, 2, 3, 7];

/** Attributes are lists of whole numbers. */
const node = (name, operator, inputs, output, attributes = {}) =>
  part(1, ...inputs.map((input) => part(1, input)), part(2, output), part(3, name), part(4, operator),
    ...Object.entries(attributes).map(([key, values]) => part(5, part(1, key), ...values.map((value) => whole(8, value)), whole(20, INT64))));

const tensor = (name, type, dims, bytes) =>
  part(5, ...dims.map((dim) => whole(1, dim)), whole(2, type), part(8, name), part(9, bytes));
const floats = (name, dims, values) => tensor(name, FLOAT, dims, Buffer.from(Float32Array.from(values).buffer));

const shape = (dims) => part(2, ...dims.map((dim) => part(1, whole(1, dim))));
const value = (field, name, dims) => part(field, part(1, name), part(2, part(1, whole(1, FLOAT), shape(dims))));

const model = (nodes, tensors, [height, width]) =>
  Buffer.concat([whole(1, 8), part(7, ...nodes, part(2, "made"), ...tensors, value(11, "image", [1, 3, height, width]), value(12, "depth", [1, 1, height, width])), part(8, part(1, ""), whole(2, 17))]);

/** Numbers of -1 to 1 that are the same everywhere. */
function numbers(count, seed) {
  let state = (seed * 2654435761) >>> 0 || 1;
  return Array.from({ length: count }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return ((state >>> 8) / 8388608) - 1;
  });
}

/** Rows and columns of the image. */
export const SIZE = [24, 32];

/** Channels between the convolutions. */
const CHANNELS = [3, 8, 8, 8, 8, 1];

/**
 * Both models: five convolutions of 3 x 3 pixels with ReLUs between. The last weight is rounded in steps twelve times as coarse as it needs: that
 * layer costs the most.
 */
export function models() {
  const [nodes, rounded, tensors, more] = [[], [], [], []];
  const quantize = (from, scale, zero, type, to) => {
    more.push(floats(`${to}_scale`, [], [scale]), tensor(`${to}_zero`, type, [], Buffer.from([zero])));
    rounded.push(node(`${to}_q`, "QuantizeLinear", [from, `${to}_scale`, `${to}_zero`], `${to}_code`));
    rounded.push(node(`${to}_dq`, "DequantizeLinear", [`${to}_code`, `${to}_scale`, `${to}_zero`], to));
  };
  let [plain, coded] = ["image", "image_r"];
  quantize("image", 1 / 255, 0, UINT8, "image_r");
  for (let at = 1; at < CHANNELS.length; at += 1) {
    const [to, from] = [CHANNELS[at], CHANNELS[at - 1]];
    const last = at === CHANNELS.length - 1;
    const weight = numbers(to * from * 9, at).map((number) => number * 0.4 / from);
    tensors.push(floats(`w${at}`, [to, from, 3, 3], weight), floats(`b${at}`, [to], numbers(to, 20 + at).map((number) => 0.3 + number / 10)));
    quantize(`w${at}`, Math.max(...weight.map(Math.abs)) / 127 * (last ? 12 : 1), 0, INT8, `w${at}_r`);
    const made = last ? "depth" : `c${at}`;
    const how = { pads: [1, 1, 1, 1], kernel_shape: [3, 3], strides: [1, 1] };
    nodes.push(node(`conv${at}`, "Conv", [plain, `w${at}`, `b${at}`], made, how));
    rounded.push(node(`conv${at}`, "Conv", [coded, `w${at}_r`, `b${at}`], made, how));
    if (last) break;
    const relu = node(`relu${at}`, "Relu", [made], `r${at}`);
    nodes.push(relu);
    rounded.push(relu);
    quantize(`r${at}`, 2 / 255, 0, UINT8, `r${at}_r`);
    [plain, coded] = [`r${at}`, `r${at}_r`];
  }
  return {
    fp32: { name: "made_fp32.onnx", mimeType: "application/octet-stream", buffer: model(nodes, tensors, SIZE) },
    int8: { name: "made_int8.onnx", mimeType: "application/octet-stream", buffer: model(rounded, [...tensors, ...more], SIZE) },
  };
}
