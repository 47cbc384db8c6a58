/**
 * The rights that each program needs, declared once: IAM actions, ACLs of
 * Kafka, and commands of the cache's and the queue's servers. Policies,
 * `trilane rights` and docs/rights.md are made of this list, and the tests run
 * the programs with these rights alone.
 */

/**
 * `setup` is `trilane apply`; `sender` is a service that produces messages or enqueues jobs; `operator` is a person or
 * a script with the commands that look, repair and switch; `eraser` is one with `trilane erase` and `trilane subject`;
 * `uploader` loads local files with `trilane load`.
 */
export const PROGRAMS_WITH_RIGHTS = [
  "setup",
  "load",
  "stream",
  "worker",
  "api",
  "sender",
  "operator",
  "eraser",
  "uploader",
] as const;

export type ProgramWithRights = (typeof PROGRAMS_WITH_RIGHTS)[number];

export const PROGRAM_TEXTS: Readonly<Record<ProgramWithRights, string>> = {
  setup: "`trilane apply`",
  load: "the batch lane: `trilane load s3://...`",
  stream: "the stream lane: `trilane stream`",
  worker: "the on-demand lane: `trilane worker`",
  api: "the API: `trilane serve`",
  sender: "services that produce messages or enqueue jobs",
  operator: "commands that look, repair and switch: `status`, `doctor`, `get`, `explain`, `audit`, `repair`, `cache`",
  eraser: "`trilane erase` and `trilane subject`",
  uploader: "`trilane load FILE`, in addition to the rights of the batch lane",
};

/** The purpose of a right, and the programs that need it. */
export interface RightOf {
  readonly by: readonly ProgramWithRights[];
  /** One sentence without its subject, such as "reads a record". */
  readonly does: string;
}

/** Programs that have the cache's epoch and its copies. */
export const CACHE_USERS = [
  "setup",
  "load",
  "stream",
  "worker",
  "api",
  "operator",
  "eraser",
] as const satisfies readonly ProgramWithRights[];

export const RECORD_WRITERS = [
  "load",
  "stream",
  "worker",
  "operator",
  "eraser",
] as const satisfies readonly ProgramWithRights[];
