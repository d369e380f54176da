"use strict";
// Ends with code 6 (environment) where Node.js is none of those that package.json's "engines" asks for. Every command comes
// here first, before newer syntax stops an old Node.js: all of them must be able to read this file.
var wanted = require("../package.json").engines.node.split(" || ");
var found = process.versions.node;

/** Whether a version is in a range: ^20.19 (of that major version alone) or >=22.12. */
function isIn(version, range) {
  var has = version.split(".").map(Number);
  var least = range.replace(/^\D+/, "").split(".").map(Number);
  var isNewer = has[0] > least[0] && range.charAt(0) === ">";
  return isNewer || (has[0] === least[0] && has[1] >= least[1]);
}

function describe(range) {
  var least = range.replace(/^\D+/, "");
  return range.charAt(0) === ">" ? least + " or newer" : least + " or newer of " + least.split(".")[0];
}

function isAllowed(range) {
  return isIn(found, range);
}

if (!wanted.some(isAllowed)) {
  require("fs").writeSync(
    2,
    "Node.js: expected " + wanted.map(describe).join(", or ") + ", found " + found + " (" + process.execPath + ").\n" +
      "Install a newer one, or put it first on the PATH, then run the same command again.\n"
  );
  process.exit(6);
}
