/** Decides who may reach the API: this machine only, or holders of a token. */
import { isIP } from "node:net";
import { type Settings, SettingsError } from "@trilane/lane-kit";

const TOKEN_LENGTH_MIN = 16;

/**
 * Refuses to start an API that others could read without a token.
 * @throws SettingsError naming the variable and the remedy.
 */
export function checkExposure({
  host,
  apiToken,
  accessFile,
}: Pick<Settings, "host" | "apiToken" | "accessFile">): void {
  if (apiToken === undefined || apiToken === "") {
    if (accessFile !== undefined || isLoopback(host)) return;
    throw new SettingsError(
      "TRILANE_API_TOKEN",
      `it is not set, and TRILANE_HOST is "${host}", which others can reach; ` +
        `set a token of at least ${TOKEN_LENGTH_MIN} characters (for instance of \`openssl rand -hex 32\`), ` +
        "or a file of clients (TRILANE_ACCESS_FILE), or listen on 127.0.0.1",
    );
  }
  if (apiToken.length < TOKEN_LENGTH_MIN || /\s/.test(apiToken)) {
    throw new SettingsError(
      "TRILANE_API_TOKEN",
      `it has ${apiToken.length} characters; expected at least ${TOKEN_LENGTH_MIN}, without white space`,
    );
  }
}

function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
