/**
 * The common part of the three Java servers: the class path with every jar of
 * the pom, small heaps, the serial collector (they share a few cores with
 * tests), and one logging configuration at WARN.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FetchedServers } from "./fetch-servers.ts";
import { nativeDirectory } from "./paths.ts";
import type { ServerCommand } from "./server-process.ts";

export interface JavaCommand {
  readonly mainClass: string;
  readonly args: readonly string[];
  readonly heapMiBMax: number;
  /** Further options of the virtual machine. */
  readonly jvmOptions?: readonly string[];
}

export function javaCommand(fetched: FetchedServers, command: JavaCommand): ServerCommand {
  const options = [
    `-Xmx${command.heapMiBMax}m`,
    "-XX:+UseSerialGC",
    "-Xshare:auto",
    `-Dlogback.configurationFile=${join(nativeDirectory, "logback.xml")}`,
    ...(command.jvmOptions ?? []),
  ];
  return { file: "java", args: [...options, "-cp", fetched.classPath, command.mainClass, ...command.args] };
}

/** The text of a file in `native/` with its words in braces filled in. */
export async function fillTemplate(name: string, words: Readonly<Record<string, string | number>>): Promise<string> {
  const template = await readFile(join(nativeDirectory, name), "utf8");
  return template.replaceAll(/\{(\w+)\}/g, (whole, word: string) => String(words[word] ?? whole));
}
