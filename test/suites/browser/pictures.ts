import { Resvg } from "@resvg/resvg-js";

/** Red, green, blue and alpha of every pixel, row by row. */
export interface Picture {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Decodes a PNG, whose header says how large it is. */
export function pictureOf(png: Buffer): Picture {
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const size = `width="${width}" height="${height}"`;
  const image = `<image ${size} href="data:image/png;base64,${png.toString("base64")}"/>`;
  const { pixels } = new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" ${size}>${image}</svg>`).render();
  return { width, height, pixels };
}

/**
 * The share of pixels that differ between two pictures of one size. Renderers blend the pixels that an edge cuts by rules
 * of their own, so a pixel differs only when it lies, in some channel, more than `tolerance` (of 255) outside of all
 * values that the other picture has there and at most one pixel away.
 */
export function differingShare(a: Picture, b: Picture, tolerance: number): number {
  let count = 0;
  for (let y = 0; y < a.height; y++)
    for (let x = 0; x < a.width; x++) if (differs(a, b, x, y, tolerance) || differs(b, a, x, y, tolerance)) count++;
  return count / (a.width * a.height);
}

function differs(a: Picture, b: Picture, x: number, y: number, tolerance: number): boolean {
  const at = 4 * (y * a.width + x);
  for (let channel = at; channel < at + 3; channel++) {
    const value = a.pixels[channel];
    if (Math.abs(value - b.pixels[channel]) <= tolerance) continue;
    let [low, high] = [255, 0];
    for (let v = Math.max(0, y - 1); v <= Math.min(b.height - 1, y + 1); v++)
      for (let u = Math.max(0, x - 1); u <= Math.min(b.width - 1, x + 1); u++) {
        const near = b.pixels[4 * (v * b.width + u) + (channel - at)];
        low = Math.min(low, near);
        high = Math.max(high, near);
      }
    if (value < low - tolerance || value > high + tolerance) return true;
  }
  return false;
}
