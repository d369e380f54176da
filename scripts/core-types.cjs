"use strict";
// Lets the built declarations name tfjs-core, which declares tensors, in place of tfjs, which passes them on: with tfjs would come
// the declarations of tfjs-layers, which TypeScript refuses in projects without `skipLibCheck`.
var fs = require("fs");
var path = require("path");
var dist = path.join(__dirname, "..", "dist");

for (var entry of fs.readdirSync(dist, { recursive: true })) {
  if (!entry.endsWith(".d.ts")) continue;
  var file = path.join(dist, entry);
  var text = fs.readFileSync(file, "utf8");
  var named = text.replaceAll('"@tensorflow/tfjs"', '"@tensorflow/tfjs-core"');
  if (named !== text) fs.writeFileSync(file, named);
}
