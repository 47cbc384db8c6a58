import { addressVariables } from "@trilane/servers";
import { describe, expect, it } from "vitest";
import { findLocalServers, requireLocalServers } from "../src/local-servers.ts";
import { ADDRESS_VARIABLES } from "../src/server-names.ts";

function notInstalled(specifier: string): never {
  throw new Error(`Cannot find package '${specifier}'`);
}

describe("the servers for development", () => {
  it("are there in a checkout, under the addresses that the command knows", async () => {
    expect(await findLocalServers()).not.toBeNull();
    expect(ADDRESS_VARIABLES).toEqual(addressVariables);
  });

  it("are none where their package is not installed, and `up` and `down` say what to do instead", async () => {
    expect(await findLocalServers(notInstalled)).toBeNull();
    await expect(requireLocalServers(notInstalled)).rejects.toMatchObject({
      code: "NO_SERVERS",
      message: expect.stringContaining("Set the addresses of your servers"),
    });
  });
});
