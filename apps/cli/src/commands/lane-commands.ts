/**
 * `load`, `stream`, `worker` and `serve`: run each lane's own program, as a
 * child with this terminal.
 */
import { loadExitMeanings, loadOptions } from "@trilane/batch-loader/options";
import { groupOf } from "@trilane/feature-groups";
import { jobOptions } from "@trilane/job-worker/options";
import { createS3, exitCodesText } from "@trilane/lane-kit";
import { streamOptions } from "@trilane/stream-consumer/options";
import type { Command } from "commander";
import { usageError } from "../errors.ts";
import { useServers } from "../config.ts";
import { addLaneOptions, type GivenOptions, laneArguments } from "../lane-options.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { runChild } from "../run-child.ts";
import { LOCAL_UPLOAD_BUCKET, uploadFile } from "../upload-file.ts";
import { readConfig, readSettings } from "../with-platform.ts";

const PORT_MAX = 65_535;

export function addLaneCommands(program: Command): void {
  addLoad(program);
  addStream(program);
  addWorker(program);
  addServe(program);
}

interface LoadFlags extends GivenOptions {
  readonly group: string;
  readonly manifest?: boolean;
  readonly bucket?: string;
}

function addLoad(program: Command): void {
  const load = program
    .command("load")
    .description(
      "batch lane: load Parquet, NDJSON or CSV (.gz, .zst) into a group; a repeated load resumes, or does nothing",
    )
    .argument("<source>", "s3://bucket/object, s3://bucket/prefix/, s3://bucket/x.manifest.json, or a local file");
  addLaneOptions(load, loadOptions, ["group"])
    .option(
      "--bucket <name>",
      `where a local file is uploaded to; needed on AWS, "${LOCAL_UPLOAD_BUCKET}" on servers of your own`,
    )
    .action((source: string, flags: LoadFlags, command: Command) =>
      runAction(command, (output) => runLoad(source, flags, output)),
    );
  load.addHelpText("after", `\n${exitCodesText(loadExitMeanings)}`);
  withExamples(load, "trilane load s3://flights/2001/ --group routes", "trilane load ./flights.parquet --group routes");
}

async function runLoad(source: string, flags: LoadFlags, output: Output): Promise<number> {
  groupOf(await readConfig(), flags.group);
  await useServers();
  const uri = source.startsWith("s3://") ? source : await upload(source, flags, output);
  const json = output.isJson ? ["--json"] : [];
  return runChild({ program: "batch-loader", arguments: [...laneArguments(loadOptions, flags), ...json, uri] });
}

async function upload(file: string, { bucket: named, manifest }: LoadFlags, output: Output): Promise<string> {
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(file)) throw usageError(`"${file}" is neither s3://bucket/key nor a local file`);
  if (manifest === true) throw usageError("a manifest must be in S3, beside the objects that it names");
  const settings = await readSettings();
  const isOwnServer = settings.s3Endpoint !== undefined;
  const bucket = named ?? (isOwnServer ? LOCAL_UPLOAD_BUCKET : null);
  if (bucket === null) throw usageError("name a bucket of yours with --bucket: the file is uploaded there first");
  const s3 = createS3(settings);
  return uploadFile({ s3, file, bucket, createsBucket: isOwnServer, onNote: output.note }).finally(() => s3.destroy());
}

function addStream(program: Command): void {
  const stream = program
    .command("stream")
    .description("stream lane: consume Kafka topics until ctrl-C, then print what was done");
  addLaneOptions(stream, streamOptions).action((flags: GivenOptions, command: Command) =>
    runAction(command, async () => {
      await useServers();
      return runChild({ program: "stream-consumer", arguments: laneArguments(streamOptions, flags) });
    }),
  );
  withExamples(stream, "trilane stream --topic flights=routes");
}

function addWorker(program: Command): void {
  const worker = program
    .command("worker")
    .description("on-demand lane: run jobs until ctrl-C, then print what was done");
  addLaneOptions(worker, jobOptions).action((flags: GivenOptions, command: Command) =>
    runAction(command, async () => {
      await useServers();
      return runChild({ program: "job-worker", arguments: laneArguments(jobOptions, flags) });
    }),
  );
  withExamples(worker, "trilane worker --resolvers ./resolvers.ts");
}

function addServe(program: Command): void {
  const serve = program
    .command("serve")
    .description("the HTTP API until ctrl-C; its OpenAPI document is at /openapi.json")
    .option("-p, --port <number>", "0 for any free one (TRILANE_API_PORT, default 8080)", port)
    .option(
      "--host <address>",
      "another one than 127.0.0.1 needs TRILANE_ACCESS_FILE or TRILANE_API_TOKEN (TRILANE_HOST)",
    )
    .action((flags: { readonly port?: string; readonly host?: string }, command: Command) =>
      runAction(command, async () => {
        await useServers();
        const environment = {
          ...(flags.port === undefined ? {} : { TRILANE_API_PORT: flags.port }),
          ...(flags.host === undefined ? {} : { TRILANE_HOST: flags.host }),
        };
        return runChild({ program: "feature-api", arguments: [], environment });
      }),
    );
  withExamples(serve, "trilane serve --port 8080");
}

function port(text: string): string {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= PORT_MAX) return text;
  throw usageError(`--port is "${text}": a number from 0 to ${PORT_MAX}`);
}
