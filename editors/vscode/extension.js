// The client: starts `policyc lsp` and leaves all that is known of policies to it.

"use strict";

const childProcess = require("node:child_process");
const path = require("node:path");
const vscode = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const POLICY = /\.policy(\.md)?$/;
const DECIDE = "policylang.decide"; // a command of the server: the address of a policy, and those of evidence

let client;
let output;

async function activate(context) {
  output = vscode.window.createOutputChannel("Policy", { log: true });
  context.subscriptions.push(
    output,
    vscode.commands.registerCommand("policylang.restart", restart),
    vscode.commands.registerCommand("policylang.decideHere", decideHere),
    vscode.commands.registerCommand("policylang.graph", showGraph),
    vscode.commands.registerCommand("policylang.explain", explain),
    vscode.workspace.onDidGrantWorkspaceTrust(restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration("policylang.path")) restart();
    }),
  );
  await start();
}

async function deactivate() {
  await client?.stop();
}

/** The `policyc` to run, and where; a path with a folder in it is one from the folder of the workspace. */
function program(uri) {
  const folder = (uri && vscode.workspace.getWorkspaceFolder(uri)) ?? vscode.workspace.workspaceFolders?.[0];
  const cwd = folder?.uri.fsPath;
  const named = vscode.workspace.getConfiguration("policylang", uri).get("path") || "policyc";
  const command = cwd && /[\\/]/.test(named) ? path.resolve(cwd, named) : named;
  return { command, cwd };
}

/** Evidence that the settings name. */
function evidence(uri) {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  const names = vscode.workspace.getConfiguration("policylang", uri).get("evidence") ?? [];
  return folder ? names.map((name) => path.resolve(folder.uri.fsPath, name)) : [];
}

async function start() {
  if (!vscode.workspace.isTrusted) return;
  const { command, cwd } = program();
  const run = { command, args: ["lsp"], options: { cwd } };
  const watched = vscode.workspace.createFileSystemWatcher("**/*.{policy,policy.md,yaml,yml,json}");
  client = new LanguageClient("policylang", "Policy", { run, debug: run }, {
    documentSelector: [
      { language: "policy" },
      { scheme: "file", language: "markdown", pattern: "**/*.policy.md" },
    ],
    synchronize: { fileEvents: watched },
    outputChannel: output,
    middleware: {
      executeCommand(name, given, next) {
        const uri = given[0];
        if (name !== DECIDE || given.length !== 1 || typeof uri !== "string") return next(name, given);
        const paths = evidence(vscode.Uri.parse(uri));
        return next(name, [uri, ...paths.map((name) => vscode.Uri.file(name).toString())]);
      },
    },
  });
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    output.error(String(error));
    await missing(`\`${command} lsp\` could not be started: files are coloured, and nothing else is known of them.`);
  }
}

/** Say what to do about a program that could not be started. */
async function missing(sentence) {
  const remedy = 'Install it with `pip install "policylang[editor]"`, or say in the settings where it is.';
  const answer = await vscode.window.showErrorMessage(`${sentence} ${remedy}`, "Settings", "Output");
  if (answer === "Settings") vscode.commands.executeCommand("workbench.action.openSettings", "policylang.path");
  if (answer === "Output") output.show();
}

async function restart() {
  const old = client;
  client = undefined;
  await old?.stop().catch((error) => output.warn(String(error)));
  await start();
}

/** The policy in the editor that is in front, saved. */
async function inFront() {
  const document = vscode.window.activeTextEditor?.document;
  if (!document || !POLICY.test(document.fileName) || document.uri.scheme !== "file") {
    vscode.window.showInformationMessage("Open a policy first: a file that ends in `.policy` or `.policy.md`.");
    return undefined;
  }
  if (!vscode.workspace.isTrusted) {
    vscode.window.showInformationMessage("In a workspace that is not trusted, no program is started.");
    return undefined;
  }
  await document.save();
  return document;
}

async function decideHere() {
  const document = await inFront();
  if (document && client) await vscode.commands.executeCommand(DECIDE, document.uri.toString());
  else if (document) await missing("The server does not run.");
}

/** What `policyc` prints; it is called with a list of words, never by way of a shell. */
function printed(document, words) {
  const { command, cwd } = program(document.uri);
  return new Promise((resolve, reject) => {
    const options = { cwd, maxBuffer: 1 << 26, env: { ...process.env, NO_COLOR: "1" } };
    childProcess.execFile(command, words, options, (error, out, said) => {
      if (out) resolve(out);
      else reject(error?.code === "ENOENT" ? error : new Error(said || String(error)));
    });
  });
}

async function shown(document, words, show) {
  try {
    show(await printed(document, words));
  } catch (error) {
    output.error(error.message);
    if (error.code === "ENOENT") return missing(`\`${program(document.uri).command}\` could not be started.`);
    const answer = await vscode.window.showErrorMessage(error.message.split("\n")[0], "Output");
    if (answer) output.show();
  }
}

async function showGraph() {
  const document = await inFront();
  if (!document) return;
  const words = ["graph", document.fileName, ...evidence(document.uri), "--format", "svg"];
  await shown(document, words, (svg) => {
    const picture = svg.replace(/^<\?xml[^>]*\?>\s*/, "");
    const style = "body { background: #fff; margin: 1rem } svg { max-width: 100%; height: auto }";
    beside("graph", document, `<html lang="en"><head><style>${style}</style></head><body>${picture}</body></html>`);
  });
}

async function explain() {
  const document = await inFront();
  if (!document) return;
  const words = ["explain", document.fileName, "--format", "html"];
  await shown(document, words, (html) => beside("explanation", document, html));
}

/** A page beside the text: no script runs in it, and it fetches nothing. */
function beside(kind, document, html) {
  const title = `${path.basename(document.fileName)}, ${kind}`;
  const options = { enableScripts: false, enableFindWidget: true, localResourceRoots: [] };
  const panel = vscode.window.createWebviewPanel(`policylang.${kind}`, title, vscode.ViewColumn.Beside, options);
  const rule = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  const bounds = `<meta http-equiv="Content-Security-Policy" content="${rule}">`;
  panel.webview.html = html.replace("<head>", `<head>${bounds}`);
}

module.exports = { activate, deactivate };
