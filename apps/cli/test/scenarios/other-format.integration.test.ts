/** The real command on a table that an older version of the program has filled. */
import { DeleteItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { createDynamoDb, loadSettings } from "@trilane/lane-kit";
import { expect, it } from "vitest";
import { ownEnvironment, ownNames, trilane } from "../trilane-command.ts";

/** 52 characters: without a place and a schema version. */
const OLD_VERSION = `${"0".repeat(15)}1${"0".repeat(19)}2${"a".repeat(16)}`;

it("reads and writes nothing there, names the table and says what to do", async () => {
  const names = ownNames();
  const environment = ownEnvironment(names);
  expect(await trilane(environment, ["apply"])).toMatchObject({ code: 0 });
  const dynamodb = createDynamoDb(loadSettings(environment));
  const TableName = names.TRILANE_TABLE;
  await dynamodb.send(new DeleteItemCommand({ TableName, Key: { pk: { S: "#format" } } }));
  const Item = { pk: { S: "routes#SEA#SFO" }, v: { S: OLD_VERSION }, d: { B: Buffer.of(1) }, x: { N: "4000000000" } };
  await dynamodb.send(new PutItemCommand({ TableName, Item }));
  dynamodb.destroy();
  for (const args of [["get", "routes", "SEA", "SFO"], ["rm", "routes", "SEA", "PDX"], ["apply"]]) {
    const { code, stdout, stderr } = await trilane(environment, args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`the table "${TableName}" holds records whose versions have 52 characters`);
    expect(stderr).toContain("Name a new table in TRILANE_TABLE");
  }
});
