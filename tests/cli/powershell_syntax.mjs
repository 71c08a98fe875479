// Parses a PowerShell script with a real grammar and names the first place that it does not understand.
//
//   node --liftoff-only powershell_syntax.mjs NODE_MODULES SCRIPT
//
// Without that flag node optimises the grammar for minutes before it ends.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [modules, script] = process.argv.slice(2);
const { Language, Parser } = await import(pathToFileURL(`${modules}/web-tree-sitter/web-tree-sitter.js`));
await Parser.init();
const parser = new Parser();
parser.setLanguage(await Language.load(`${modules}/tree-sitter-powershell/tree-sitter-powershell.wasm`));
const text = readFileSync(script, "utf8").replace(/^\ufeff/, "");
const tree = parser.parse(text);

function firstError(node) {
  if (node.isError || node.isMissing) return node;
  for (const child of node.children) {
    const found = child && child.hasError ? firstError(child) : child?.isMissing ? child : null;
    if (found) return found;
  }
  return null;
}

if (tree.rootNode.hasError) {
  const error = firstError(tree.rootNode) ?? tree.rootNode;
  const { row, column } = error.startPosition;
  console.error(`${script}:${row + 1}:${column + 1}: ${text.split("\n")[row]}`);
  process.exit(1);
}
