/** The page of all rights, and what grants them, follow from the lists. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  AWS_RIGHTS,
  awsPolicyOf,
  grantText,
  PROGRAMS_WITH_RIGHTS,
  redisRulesOf,
  RIGHTS_FORMS,
  rightsPage,
} from "../../src/index.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..", "..");

it("docs/rights.md is what `npm run --silent trilane -- rights > docs/rights.md` writes", () => {
  expect(readFileSync(join(ROOT, "docs", "rights.md"), "utf8")).toBe(rightsPage());
});

describe("a policy", () => {
  it.each(PROGRAMS_WITH_RIGHTS)("of %s allows each action on its own resources alone", (program) => {
    const { Statement } = awsPolicyOf(program);
    for (const { Action, Resource } of Statement) {
      expect(new Set(Action).size).toBe(Action.length);
      const kinds = new Set(Action.map((action) => action.split(":")[0]));
      expect(Resource.every((resource) => resource.startsWith(`arn:aws:${[...kinds].join()}:`))).toBe(true);
    }
    const allowed = Statement.flatMap(({ Action }) => Action);
    expect(new Set(allowed)).toEqual(
      new Set(AWS_RIGHTS.filter(({ by }) => by.includes(program)).map(({ action }) => action)),
    );
  });

  it("lets only those query the index that erase or look after erasures, and only the set-up create a table", () => {
    const having = (action: string): readonly string[] =>
      PROGRAMS_WITH_RIGHTS.filter((program) =>
        awsPolicyOf(program).Statement.some(({ Action }) => Action.includes(action)),
      );
    expect(having("dynamodb:Query")).toEqual(["worker", "operator", "eraser"]);
    expect(having("dynamodb:CreateTable")).toEqual(["setup"]);
    expect(having("dynamodb:PutItem")).not.toContain("api");
  });
});

it("rules of a user begin with its keys, and take away what it had", () => {
  const rules = redisRulesOf("queue", "worker", "t");
  expect(rules.slice(0, 3)).toEqual(["~bull:t:*", "~bull:t-dead:*", "-@all"]);
  expect(rules).toContain("+bzpopmin");
  expect(redisRulesOf("queue", "api", "t")).toEqual([]);
});

it.each(RIGHTS_FORMS)("each program's rights can be printed as %s", (form) => {
  for (const program of PROGRAMS_WITH_RIGHTS) expect(grantText(program, form)).not.toContain("undefined");
});
