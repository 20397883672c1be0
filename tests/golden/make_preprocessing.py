#!/usr/bin/env python3
"""Writes images and what PIL, OpenCV and numpy make of them: the folder preprocessing, the oracle of crates/network/tests.

Each case is a text of --preprocess and the array that the network's own program would feed, written here with its calls. Needs
numpy, Pillow 13.0.0 and opencv-python-headless 4.14. OpenCV runs without Intel's IPP, which rounds some bytes another way and is in wheels
for x86 only. Run it in this folder; the output is committed.
"""

import json
import math
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

cv2.ipp.setUseIPP(False)
OUT = Path("preprocessing")
# Values that are kept of each array.
KEPT = 600
IMAGENET = (np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225]))
OPENCV = {"opencv-linear": cv2.INTER_LINEAR, "opencv-cubic": cv2.INTER_CUBIC}
PIL = {
    "nearest": Image.NEAREST,
    "pil-bilinear": Image.BILINEAR,
    "pil-bicubic": Image.BICUBIC,
    "pil-lanczos": Image.LANCZOS,
}


def picture(height, width, seed):
    """Gradients, an edge and noise, 8-bit RGB."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [127 + 120 * np.sin(x / 5.0 + i) * np.cos(y / 7.0 - i) for i in range(3)]
    image = np.stack(planes, axis=2) + rng.normal(0, 12, (height, width, 3))
    image[height // 3 :, width // 2 :] = 255 - image[height // 3 :, width // 2 :]
    return np.clip(image, 0, 255).astype(np.uint8)


def resize_bytes(image, height, width, name):
    if name in OPENCV:
        return cv2.resize(image, (width, height), interpolation=OPENCV[name])
    return np.asarray(Image.fromarray(image).resize((width, height), PIL[name]))


def normalised(image, mean, std, divisor=255):
    """As torchvision's ToTensor and Normalize: single precision throughout."""
    mean, std = np.asarray(mean, np.float32), np.asarray(std, np.float32)
    return (image.astype(np.float32) / np.float32(divisor) - mean) / std


def midas_size(image, wanted, multiple, method):
    """Resize.get_size of MiDaS's midas/transforms.py."""
    height, width = image.shape[:2]
    down, across = wanted / height, wanted / width
    if method == "lower-bound":
        down = across = max(down, across)
    elif method == "upper-bound":
        down = across = min(down, across)
    elif abs(1 - across) < abs(1 - down):
        down = across
    else:
        across = down

    def constrain(x):
        y = int(np.round(x / multiple) * multiple)
        if method == "upper-bound" and y > wanted:
            y = int(np.floor(x / multiple) * multiple)
        if method == "lower-bound" and y < wanted:
            y = int(np.ceil(x / multiple) * multiple)
        return y

    return constrain(down * height), constrain(across * width)


def midas(image, wanted, multiple, method, mean, std):
    height, width = midas_size(image, wanted, multiple, method)
    image = cv2.resize(image / 255.0, (width, height), interpolation=cv2.INTER_CUBIC)
    return ((image - mean) / std).astype(np.float32)


def metric3d(image, height, width, fill):
    h, w = image.shape[:2]
    scale = min(height / h, width / w)
    image = cv2.resize(image, (int(w * scale), int(h * scale)), interpolation=cv2.INTER_LINEAR)
    h, w = image.shape[:2]
    top, left = (height - h) // 2, (width - w) // 2
    sides = (top, height - h - top, left, width - w - left)
    return cv2.copyMakeBorder(image, *sides, cv2.BORDER_CONSTANT, value=fill).astype(np.float32)


def centre(image, height, width):
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return image[top : top + height, left : left + width]


def cases(image, tall):
    h, w = image.shape[:2]
    zero, one = [0, 0, 0], [1, 1, 1]
    for name in [*PIL, *OPENCV]:
        for height, width in [(24, 40), (50, 96), (h, 30), (19, w), (h, w)]:
            text = f"fit=stretch,height={height},width={width},filter={name}"
            yield "image.png", text, normalised(resize_bytes(image, height, width, name), zero, one)
    for name, flag in OPENCV.items():
        resized = cv2.resize(image / 255.0, (40, 24), interpolation=flag)
        yield "image.png", f"height=24,width=40,filter={name},on=float", resized.astype(np.float32)
    for method in ["lower-bound", "upper-bound", "minimal"]:
        for file, source in [("image.png", image), ("tall.png", tall)]:
            for wanted, multiple in [(32, 14), (48, 32), (64, 32)]:
                text = f"depth-anything-v2,fit={method},height={wanted},width={wanted},multiple={multiple}"
                yield file, text, midas(source, wanted, multiple, method, *IMAGENET)
    yield "image.png", "midas", midas(image, 256, 32, "upper-bound", *IMAGENET)
    half = np.array([0.5] * 3)
    yield "image.png", "midas-dpt", midas(image, 384, 32, "minimal", half, half)
    yield "tall.png", "depth-anything-v2", midas(tall, 518, 14, "lower-bound", *IMAGENET)
    lanczos = normalised(resize_bytes(image, 192, 640, "pil-lanczos"), zero, one)
    yield "image.png", "monodepth2", lanczos
    yield "image.png", "lite-mono", lanczos
    yield "image.png", "zoedepth", normalised(resize_bytes(image, 384, 512, "opencv-linear"), zero, one)
    fill = (123.675, 116.28, 103.53)
    yield "image.png", "metric3d", metric3d(image, 616, 1064, fill)
    yield "tall.png", "metric3d", metric3d(tall, 616, 1064, fill)
    yield "tall.png", "metric3d,height=56,width=70", metric3d(tall, 56, 70, fill)
    share = centre(image, int(h * 0.912), int(w * 0.912))
    yield "image.png", "fastdepth", normalised(resize_bytes(share, 224, 224, "nearest"), zero, one)
    scdepth = cv2.resize(image.astype(np.float64) / 255, (320, 256), interpolation=cv2.INTER_LINEAR)
    yield "image.png", "scdepth", ((scdepth - 0.45) / 0.225).astype(np.float32)
    cropped = centre(image, 28, 42)
    yield "image.png", "fit=crop,height=28,width=42,mean=0.485:0.456:0.406,std=0.229:0.224:0.225", normalised(cropped, *IMAGENET)
    yield "image.png", "fit=crop,divide=1,channels=bgr", normalised(image[:, :, ::-1], zero, one, 1)
    grey = np.asarray(Image.fromarray(image).convert("L"))[:, :, None]
    yield "image.png", "fit=crop,divide=1,channels=grey", normalised(grey, [0], [1], 1)
    scaled = resize_bytes(image, 40, int(w * 40 / h), "pil-bilinear")
    yield "image.png", "fit=cover,height=40,width=40,filter=pil-bilinear", normalised(centre(scaled, 40, 40), zero, one)
    raw = "fit=crop,divide=1"
    for file in ["grey.png", "grey16.png", "palette.png", "alpha.png", "lossless.webp", "lossy.webp", "alpha.webp", "444.jpg", "420.jpg", "grey.jpg", "progressive.jpg"]:
        opened = Image.open(OUT / file)
        if file == "grey16.png":
            # PIL keeps 16-bit grey as it is.
            opened = Image.fromarray(cv2.imread(str(OUT / file))[:, :, ::-1])
        yield file, raw, np.asarray(opened.convert("RGB")).astype(np.float32)


def write_images(image, tall):
    OUT.mkdir(exist_ok=True)
    full, grey = Image.fromarray(image), Image.fromarray(image).convert("L")
    full.save(OUT / "image.png", optimize=True)
    Image.fromarray(tall).save(OUT / "tall.png", optimize=True)
    grey.save(OUT / "grey.png")
    levels = np.asarray(grey).astype(np.uint16) * 257 - np.uint16(100) * (np.asarray(grey) > 9)
    Image.fromarray(levels).save(OUT / "grey16.png")
    full.quantize(32).save(OUT / "palette.png")
    alpha = Image.fromarray(np.dstack([image, image[:, :, 0]]))
    alpha.save(OUT / "alpha.png")
    full.save(OUT / "lossless.webp", lossless=True)
    full.save(OUT / "lossy.webp", quality=80)
    alpha.save(OUT / "alpha.webp", lossless=True, exact=True)
    smooth = Image.fromarray(cv2.GaussianBlur(image, (7, 7), 2))
    smooth.save(OUT / "444.jpg", quality=92, subsampling=0)
    smooth.save(OUT / "420.jpg", quality=92, subsampling=2)
    smooth.save(OUT / "progressive.jpg", quality=92, subsampling=0, progressive=True)
    smooth.convert("L").save(OUT / "grey.jpg", quality=92)


def main():
    image, tall = picture(37, 53, 1), picture(61, 34, 2)
    write_images(image, tall)
    rows, arrays = [], {}
    for file, text, result in cases(image, tall):
        name = f"c{len(rows):02}"
        planes = result.transpose(2, 0, 1)[None].astype(np.float32)
        # A stride without a common divisor meets every row, column and channel.
        stride = planes.size // KEPT + 1
        while math.gcd(stride, planes.size) > 1:
            stride += 1
        arrays[name] = planes.ravel()[::stride]
        rows.append({"image": file, "preprocess": text, "array": name, "shape": planes.shape, "stride": stride})
    np.savez_compressed(OUT / "expected.npz", **arrays)
    with open(OUT / "cases.json", "w") as f:
        f.write("[\n" + ",\n".join(map(json.dumps, rows)) + "\n]\n")


if __name__ == "__main__":
    main()
