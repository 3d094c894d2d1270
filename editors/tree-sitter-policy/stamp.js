// Notes which grammar.js the parser was generated from, so that a test can tell when it is old.

"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");

const grammar = fs.readFileSync("grammar.js");
fs.writeFileSync("src/made-from.txt", `${crypto.createHash("sha256").update(grammar).digest("hex")}  grammar.js\n`);
