// Writes generated.ts: one TypeScript type for each schema of handlers/openapi.json. Run by `npm run types`; never edit its output.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const source = process.argv[2] ?? path.resolve(here, "../../handlers/openapi.json");
const { components, openapi } = JSON.parse(fs.readFileSync(source, "utf8"));
if (!/^3\.1\./.test(openapi)) throw new Error(`OpenAPI 3.1 expected, not ${openapi}`);

const nameOf = (ref) => ref.split("/").pop().replace(/\W/g, "_");
const quoted = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));
const grouped = (type) => (type.includes(" | ") ? `(${type})` : type);

function typeOf(schema) {
  if (schema === true || !schema) return "unknown";
  if (schema.$ref) return nameOf(schema.$ref);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const some = schema.anyOf ?? schema.oneOf;
  if (some) return [...new Set(some.map(typeOf))].join(" | ");
  if (schema.allOf) return schema.allOf.map((one) => grouped(typeOf(one))).join(" & ");
  if (Array.isArray(schema.type)) return schema.type.map((type) => typeOf({ ...schema, type })).join(" | ");
  switch (schema.type) {
    case "array":
      return schema.prefixItems ? `[${schema.prefixItems.map(typeOf).join(", ")}]` : `${grouped(typeOf(schema.items))}[]`;
    case "object":
      return schema.properties ? `{ ${fieldsOf(schema).join(" ")} }` : `Record<string, ${typeOf(schema.additionalProperties)}>`;
    case "integer":
    case "number":
      return "number";
    case "string":
    case "boolean":
    case "null":
      return schema.type;
    default:
      return "unknown";
  }
}

/** Fields with a default may be left out of a question, but an answer always has them: see `Whole` in types.ts. */
function fieldsOf(schema) {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties).map(([key, value]) => `${quoted(key)}${required.has(key) ? "" : "?"}: ${typeOf(value)};`);
}

const comment = (text) => (text ? `/** ${text.trim().replace(/\s+/g, " ").replace(/\*\//g, "* /")} */\n` : "");
const written = Object.entries(components.schemas)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, schema]) => {
    const label = name.replace(/\W/g, "_");
    return schema.properties
      ? `${comment(schema.description)}export interface ${label} {\n${fieldsOf(schema).map((line) => `  ${line}\n`).join("")}}\n`
      : `${comment(schema.description)}export type ${label} = ${typeOf(schema)};\n`;
  });
fs.writeFileSync(path.join(here, "generated.ts"), `// Generated from handlers/openapi.json by generate.mjs. Do not edit.\n\n${written.join("\n")}`);
console.log(`${written.length} types`);
