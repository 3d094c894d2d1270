// The TextMate grammars in the engine that editors run: what it finds must be what the record says.

"use strict";

const assert = require("node:assert");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const oniguruma = require("vscode-oniguruma");
const textmate = require("vscode-textmate");

const HOST = JSON.stringify({ scopeName: "text.html.markdown", patterns: [] });
const FILES = {
  "source.policy": "syntaxes/policy.tmLanguage.json",
  "markdown.policy.codeblock": "syntaxes/markdown.tmLanguage.json",
};

function read(name) {
  return fs.readFileSync(path.join(__dirname, "..", name), "utf8");
}

async function engine() {
  const wasm = path.join(path.dirname(require.resolve("vscode-oniguruma")), "onig.wasm");
  await oniguruma.loadWASM(fs.readFileSync(wasm).buffer);
  return new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (scope) =>
      textmate.parseRawGrammar(scope in FILES ? read(FILES[scope]) : HOST, `${scope}.json`),
    getInjections: (scope) => (scope === "text.html.markdown" ? ["markdown.policy.codeblock"] : []),
  });
}

/** For each line the innermost scope of each column that is not white space. */
function scopes(grammar, text) {
  let stack = textmate.INITIAL;
  return text.split("\n").map((line) => {
    const found = grammar.tokenizeLine(line, stack);
    stack = found.ruleStack;
    const columns = new Array(line.length).fill("");
    for (const token of found.tokens) columns.fill(token.scopes.at(-1), token.startIndex, token.endIndex);
    return columns.map((scope, at) => (/\s/.test(line[at]) ? "" : scope));
  });
}

const registry = engine();

test("the engine finds in the sample what is on record", async () => {
  const grammar = await (await registry).loadGrammar("source.policy");
  const text = read("test/sample.policy");
  const record = JSON.parse(read("test/sample.json"));
  const found = scopes(grammar, text);
  text.split("\n").forEach((line, row) => {
    const columns = new Array(line.length).fill("");
    for (const [start, end, scope] of record[row]) columns.fill(scope, start, end);
    const wanted = columns.map((scope, at) => (/\s/.test(line[at]) ? "" : scope));
    assert.deepStrictEqual(found[row], wanted, `line ${row + 1}: ${line}`);
  });
});

test("policy blocks in Markdown are coloured, and end where they end", async () => {
  const grammar = await (await registry).loadGrammar("text.html.markdown");
  const text = "```policy acme.policy\nrule secured {\n  forbid deploy\n```\nrule of prose\n~~~yaml\nrule a\n~~~\n";
  const found = scopes(grammar, text);
  assert.equal(found[1][0], "storage.type.policy");
  assert.equal(found[1][5], "entity.name.type.policy");
  assert.equal(found[2][2], "keyword.control.policy");
  assert.equal(found[4][0], "text.html.markdown");
  assert.equal(found[6][0], "text.html.markdown");
});
