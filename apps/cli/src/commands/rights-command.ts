/** `rights`: what each program may do on AWS, Kafka, cache and queue. */
import {
  AWS_RIGHTS,
  grantText,
  KAFKA_RIGHTS,
  CACHE_RIGHTS,
  PROGRAMS_WITH_RIGHTS,
  type ProgramWithRights,
  QUEUE_RIGHTS,
  RIGHTS_FORMS,
  type RightsForm,
  rightsPage,
  SETTINGS,
} from "@trilane/lane-kit";
import { type Command, Option } from "commander";
import { usageError } from "../errors.ts";
import { EXIT } from "../exit-codes.ts";
import type { Output } from "../output.ts";
import { runAction, withExamples } from "../run-action.ts";

interface RightsFlags {
  readonly program?: ProgramWithRights;
  readonly as?: RightsForm;
}

export function addRightsCommand(program: Command): void {
  const rights = program
    .command("rights")
    .description(
      "the rights that each program needs, as Markdown, or those of one program for the tool that grants them",
    )
    .addOption(new Option("--program <name>", "only this one").choices(PROGRAMS_WITH_RIGHTS))
    .addOption(
      new Option("--as <form>", "an IAM policy, arguments of kafka-acls.sh, or ACL SETUSER").choices(RIGHTS_FORMS),
    )
    .action((flags: RightsFlags, command: Command) => runAction(command, (output) => showRights(flags, output)));
  withExamples(
    rights,
    "trilane rights | less",
    "trilane rights --program worker --as iam",
    "trilane rights --program stream --as kafka",
  );
}

/** @throws CliError USAGE */
async function showRights({ program, as }: RightsFlags, output: Output): Promise<number> {
  if ((program === undefined) !== (as === undefined)) throw usageError("--program and --as go together");
  const lists = { aws: AWS_RIGHTS, kafka: KAFKA_RIGHTS, cache: CACHE_RIGHTS, queue: QUEUE_RIGHTS };
  const own = program === undefined ? lists : Object.fromEntries(ownRights(lists, program));
  output.result(
    own,
    program === undefined || as === undefined ? rightsPage().trimEnd() : grantText(program, as, queuePrefix()),
  );
  return EXIT.ok;
}

/** The page of all rights needs no setting, and this text needs one alone. */
function queuePrefix(): string {
  return SETTINGS.TRILANE_QUEUE_PREFIX.schema.parse(process.env["TRILANE_QUEUE_PREFIX"] || undefined);
}

function ownRights(
  lists: Readonly<Record<string, readonly { readonly by: readonly ProgramWithRights[] }[]>>,
  program: ProgramWithRights,
): (readonly [string, readonly object[]])[] {
  return Object.entries(lists).map(([server, rights]) => [server, rights.filter(({ by }) => by.includes(program))]);
}
