/**
 * The paths of this package's files. Everything that is fetched, logged or
 * remembered goes under the ignored `.trilane/` of the repository's root; data
 * goes to the system's temporary folder and is removed when a server stops.
 */
import { join } from "node:path";

const packageDirectory = join(import.meta.dirname, "..");

const repositoryRoot = join(packageDirectory, "..", "..");
export const composeFile: string = join(repositoryRoot, "docker-compose.yml");
export const nativeDirectory: string = join(packageDirectory, "native");

const stateDirectory = join(repositoryRoot, ".trilane");
export const logDirectory: string = join(stateDirectory, "logs");
export const fetchedDirectory: string = join(stateDirectory, "servers");
export const detachedStateFile: string = join(stateDirectory, "servers.json");
