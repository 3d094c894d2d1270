// What is packed: the client with the library it needs in one file, and the licence of the project.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const esbuild = require("esbuild");

esbuild.buildSync({
  entryPoints: [path.join(__dirname, "extension.js")],
  outfile: path.join(__dirname, "dist", "extension.js"),
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  external: ["vscode"],
});
fs.copyFileSync(path.join(__dirname, "..", "..", "LICENSE"), path.join(__dirname, "LICENSE"));
