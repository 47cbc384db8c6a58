/** Tells where in a file of JSON a value is wrong, such as `clients[0].tokens[1]`, and what was expected there. */
import type { z } from "zod";

export function placeText({ issues }: z.ZodError): string {
  const [issue] = issues;
  if (issue === undefined) return "is not valid";
  const place = issue.path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${place === "" ? "the file" : place.replace(/^\./, "")}: ${issue.message}`;
}
