/** Decides whether a value has the meaning of a written JSON. */
import { numberProblem } from "./exact-rational.ts";
import { type JsonMember, type JsonNode, meantText } from "./json-node.ts";

/** Null where it has. */
export function jsonProblem(node: JsonNode, found: unknown, path = "$"): string | null {
  switch (node.kind) {
    case "word":
      return found === JSON_WORDS[node.word] ? null : `${path} is ${String(found)}, not ${node.word}`;
    case "number": {
      const problem = numberProblem(node.source, found);
      return problem === null ? null : `${path}: ${problem}`;
    }
    case "text":
      return found === meantText(node.units) ? null : `${path} is another text`;
    case "list":
      if (!Array.isArray(found) || found.length !== node.items.length) return `${path} is another list`;
      return firstProblem(node.items.map((item, index) => jsonProblem(item, found[index], `${path}[${index}]`)));
    case "object":
      return objectProblem(node.members, found, path);
  }
}

const JSON_WORDS = { null: null, true: true, false: false } as const;

/** Of a name that occurs twice the last member counts, as in every reader of JSON in use. */
function objectProblem(members: readonly JsonMember[], found: unknown, path: string): string | null {
  if (typeof found !== "object" || found === null || Array.isArray(found)) return `${path} is no object`;
  const right = new Map(members.map(({ name, value }) => [meantText(name), value] as const));
  const names = Object.keys(found);
  if (names.length !== right.size) return `${path} has ${names.length} members instead of ${right.size}`;
  return firstProblem(
    [...right].map(([name, value]) => {
      const own = Object.getOwnPropertyDescriptor(found, name);
      return own === undefined ? `${path} lacks "${name}"` : jsonProblem(value, own.value, `${path}.${name}`);
    }),
  );
}

function firstProblem(problems: readonly (string | null)[]): string | null {
  return problems.find((problem) => problem !== null) ?? null;
}
