/** `subject rekey`: changes the key with which persons become digests. docs/gdpr-deletion.md has the whole procedure. */
import { loadConfig } from "@trilane/feature-groups";
import {
  changeSubjectKey,
  confirmedNowMs,
  createDynamoDb,
  finishSubjectKey,
  openSubjectDigests,
  type Settings,
} from "@trilane/lane-kit";
import { DynamoCacheEpoch, DynamoErasures } from "@trilane/write-through/dynamodb";
import type { Command } from "commander";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";
import { readSettings, withPlatform } from "../with-platform.ts";

export function addRekeyCommand(subject: Command): void {
  const rekey = subject
    .command("rekey")
    .description(
      "change the key of digests, from TRILANE_SUBJECT_KEY_BEFORE to TRILANE_SUBJECT_KEY: a step of the procedure in docs/gdpr-deletion.md",
    )
    .option("--finish", "forget the former key, once nothing depends on it")
    .action(({ finish = false }: { readonly finish?: boolean }, command: Command) =>
      runAction(command, finish ? runFinish : runChange),
    );
  withExamples(rekey, "trilane subject rekey", "trilane subject rekey --finish");
}

/** The table's key is not this process's yet, so no lease is taken. */
async function runChange(output: Output): Promise<number> {
  const settings = await readSettings();
  const subjects = openSubjectDigests(settings, () => false);
  if (subjects.formerFingerprint === null) {
    throw usageError(
      "TRILANE_SUBJECT_KEY_BEFORE is not set: give the former key there, and the new one in TRILANE_SUBJECT_KEY",
    );
  }
  const config = await loadConfig(settings.configPath);
  const change = await withErasures(settings, (erasures, nowMs) =>
    changeSubjectKey({ erasures, config, subjects, nowMs }),
  );
  switch (change.kind) {
    case "changed":
    case "changed-before": {
      const when = change.kind === "changed" ? "is" : "was already";
      const text = `the key ${when} changed: every process needs both keys now, and those with the former one alone stop`;
      output.result({ ...change, key: subjects.fingerprint, formerKey: subjects.formerFingerprint }, text);
      return EXIT.ok;
    }
    case "other-key": {
      const found = change.tableKey === null ? "no key" : `the key ${change.tableKey}`;
      const problem = `the table has ${found}, and TRILANE_SUBJECT_KEY_BEFORE is ${subjects.formerFingerprint}`;
      throw usageError(`${problem}: give the table's present key there`);
    }
    case "unfinished":
      throw usageError(
        `the change from the key ${change.formerKey} is not finished: \`trilane subject rekey --finish\` comes first`,
      );
    case "digested-keys": {
      const groups = change.groups.join(", ");
      const remedy = "fill a new table instead (docs/gdpr-deletion.md)";
      throw usageError(`the keys of ${groups} are digests of the former key and could not be found again: ${remedy}`);
    }
  }
}

async function withErasures<Result>(
  settings: Settings,
  run: (erasures: DynamoErasures, nowMs: number) => Promise<Result>,
): Promise<Result> {
  const dynamodb = createDynamoDb(settings);
  try {
    const { serverTimeMs } = await new DynamoCacheEpoch(dynamodb, { table: settings.table }).readCacheEpoch();
    return await run(new DynamoErasures(dynamodb, { table: settings.table }), serverTimeMs ?? Date.now());
  } finally {
    dynamodb.destroy();
  }
}

async function runFinish(output: Output): Promise<number> {
  return withPlatform(async (platform) => {
    const { config, erasing } = platform;
    const finish = await finishSubjectKey({ erasures: erasing.erasures, config, nowMs: confirmedNowMs(platform) });
    switch (finish.kind) {
      case "finished":
        output.result(finish, "the former key is forgotten: unset TRILANE_SUBJECT_KEY_BEFORE everywhere");
        return EXIT.ok;
      case "nothing-to-finish":
        output.result(finish, "the table has no former key");
        return EXIT.ok;
      case "too-early": {
        const from = new Date(finish.fromMs).toISOString();
        output.result({ kind: finish.kind, from }, `records from before the change may be there until ${from}`);
        return EXIT.tryAgain;
      }
      case "permanent-erasures":
        output.result(
          finish,
          `${finish.count} permanent erasures know their persons by the former key alone: erase these persons again by ` +
            "name, with --permanent, or lift them",
        );
        return EXIT.mismatch;
    }
  });
}
