// Draws every bitmap of the app icon from the pictures in source/.
//
// Run `node icons/make.mjs` after changing a picture; it needs rsvg-convert. macOS wants air around the tile,
// the others none, so the two have their own pictures; 16 to 32 px have ones fitted to the pixels.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

const draw = (picture, size) =>
  execFileSync("rsvg-convert", ["-w", String(size), "-h", String(size), here(`source/${picture}.svg`)]);

const fitted = (size) => draw([16, 24, 32].includes(size) ? `app-icon-${size}` : "app-icon-square", size);

/** Windows: a table of contents, then PNG files. */
function ico(images) {
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  images.forEach(({ size, png }, i) => {
    const at = 6 + 16 * i;
    head.writeUInt8(size % 256, at); // 256 is written as 0
    head.writeUInt8(size % 256, at + 1);
    head.writeUInt16LE(1, at + 4);
    head.writeUInt16LE(32, at + 6);
    head.writeUInt32LE(png.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += png.length;
  });
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

/** macOS: named chunks of PNG files. */
function icns(images) {
  const chunks = images.map(({ name, png }) => {
    const head = Buffer.alloc(8);
    head.write(name, "latin1");
    head.writeUInt32BE(png.length + 8, 4);
    return Buffer.concat([head, png]);
  });
  const body = Buffer.concat(chunks);
  const head = Buffer.alloc(8);
  head.write("icns", "latin1");
  head.writeUInt32BE(body.length + 8, 4);
  return Buffer.concat([head, body]);
}

writeFileSync(here("32x32.png"), fitted(32));
writeFileSync(here("64x64.png"), fitted(64));
writeFileSync(here("128x128.png"), fitted(128));
writeFileSync(here("128x128@2x.png"), fitted(256));
writeFileSync(here("icon.png"), fitted(512));

// Tauri shows the first picture of the .ico in the window's title bar, so 32 comes first.
writeFileSync(here("icon.ico"), ico([32, 16, 24, 48, 64, 256].map((size) => ({ size, png: fitted(size) }))));

const mac = { icp4: 16, icp5: 32, ic11: 32, ic12: 64, ic07: 128, ic13: 256, ic08: 256, ic14: 512, ic09: 512, ic10: 1024 };
writeFileSync(here("icon.icns"), icns(Object.entries(mac).map(([name, size]) => ({ name, png: draw("app-icon", size) }))));
