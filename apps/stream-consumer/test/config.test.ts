import { SettingsError } from "@trilane/lane-kit";
import { describe, expect, test } from "vitest";
import { readStreamConfig } from "../src/config.ts";
import { consumerGroupsOf } from "../src/consumer-groups.ts";

describe("the consumer's settings", () => {
  test("come from flags", () => {
    const config = readStreamConfig(["--topic", "flights=routes", "--topic", "codes=airports", "--group-id", "g"], {});
    expect([...config.bindings]).toEqual([
      ["flights", "routes"],
      ["codes", "airports"],
    ]);
    expect(config.groupId).toBe("g");
  });

  test("say how many refused records in a row stop a partition, and what an operator gives up", () => {
    const args = ["--topic", "flights=routes"];
    expect(readStreamConfig(args, {})).toMatchObject({ refusedInRowMax: 1_000, skip: [] });
    expect(
      readStreamConfig([...args, "--dead-max", "7"], { TRILANE_STREAM_SKIP: "flights/3@12-13,flights/0@5-5" }),
    ).toMatchObject({ refusedInRowMax: 7, skip: [{ partition: 3, firstOffset: 12n }, { partition: 0 }] });
  });

  test("else from the environment", () => {
    const config = readStreamConfig([], {
      TRILANE_STREAM_TOPICS: "flights=routes,codes=airports",
      TRILANE_STREAM_GROUP: "e",
    });
    expect(config.bindings.get("codes")).toBe("airports");
    expect(config.groupId).toBe("e");
  });

  test("name no consumer group by themselves: it follows from table, topic and feature group", () => {
    const { bindings, groupId } = readStreamConfig(["--topic", "flights=routes", "--topic", "codes=airports"], {
      TRILANE_STREAM_GROUP: "",
    });
    expect(groupId).toBeNull();
    const groups = consumerGroupsOf({ bindings, groupId, table: "staging" });
    expect(groups.map(({ groupId: own, topics }) => [own, topics])).toEqual([
      ["trilane:staging:flights:routes", ["flights"]],
      ["trilane:staging:codes:airports", ["codes"]],
    ]);
    expect(consumerGroupsOf({ bindings, groupId: "own", table: "staging" })).toEqual([
      { groupId: "own", topics: ["flights", "codes"] },
    ]);
  });

  test.each([
    [[]],
    [["--topic", "flights"]],
    [["--topic", "=routes"]],
    [["--topic", "a=b=c"]],
    [["--topic", "a=b", "--topic", "a=c"]],
  ])("refuse %j with what to write instead", (args) => {
    expect(() => readStreamConfig(args, {})).toThrow(expect.objectContaining({ code: "BINDING_INVALID" }));
  });

  test.each([
    [["--topics", "a=b"], "--topics"],
    [["--topic", "a=b", "--session-timeout-ms", "soon"], "--session-timeout-ms"],
    [["--topic", "a=b", "--session-timeout-ms", "5000"], "--session-timeout-ms"],
    [["--topic", "a=b", "--dead-max", "0"], "--dead-max"],
    [["--topic", "a=b", "--skip", "a/0@9"], "--skip"],
    [["--topic", "a=b", "c=d"], "c=d"],
  ])("refuse %j, naming what is wrong", (args, named) => {
    expect(() => readStreamConfig(args, {})).toThrow(SettingsError);
    expect(() => readStreamConfig(args, {})).toThrow(named);
  });
});
