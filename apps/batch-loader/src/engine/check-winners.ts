/**
 * Lets the schema check the winners of a reduction, where a group says that
 * these are enough. A winner that is refused makes room for the next one. After
 * a few rounds the keys that still have none are left to the row path.
 */
import { type FeatureChange, Turn } from "@trilane/feature-groups";
import type { EngineProcess } from "./engine-process.ts";
import { changeOf, placedRows, type ReducedObject } from "./placed-rows.ts";
import type { ReductionSqlOptions } from "./reduction-sql.ts";
import {
  beginCheckSql,
  nextWinnersSql,
  type RefusedWinner,
  refuseSql,
  removeRefusedSql,
  setAsideSql,
  takeNextSql,
  uncheckedSql,
} from "./winner-check-sql.ts";

export interface WinnerCheck {
  readonly group: string;
  /** False for a row that is dead. */
  readonly takes: (change: FeatureChange) => boolean;
}

export interface CheckWinnersOptions {
  readonly engine: EngineProcess;
  readonly sql: ReductionSqlOptions;
  /** In the order of the reduction's files. */
  readonly objects: readonly ReducedObject[];
  readonly check: WinnerCheck;
  readonly signal?: AbortSignal | undefined;
}

/** So many times a key gets another winner. */
const NEXT_WINNERS_MAX = 3;
const ROWS_AT_ONCE = 16_384;
const REFUSED_AT_ONCE = 10_000;

/** Whether some rows are set aside. @throws EngineRefusal, or the signal's reason */
export async function checkWinners(options: CheckWinnersOptions): Promise<boolean> {
  const { engine, sql } = options;
  await engine.run(beginCheckSql());
  for (let round = 0; ; round += 1) {
    const refused = await refusedOf(round, options);
    for (let first = 0; first < refused.length; first += REFUSED_AT_ONCE)
      await engine.run(refuseSql(round, refused.slice(first, first + REFUSED_AT_ONCE)));
    await engine.run(removeRefusedSql(round));
    if (refused.length === 0 || round === NEXT_WINNERS_MAX) {
      const isAnyRefused = refused.length > 0 || round > 0;
      if (isAnyRefused) await engine.run(setAsideSql(sql, round));
      return isAnyRefused;
    }
    await engine.run(nextWinnersSql(sql, round));
    await engine.run(takeNextSql());
  }
}

async function refusedOf(
  round: number,
  { engine, sql, objects, check, signal }: CheckWinnersOptions,
): Promise<readonly RefusedWinner[]> {
  const refused: RefusedWinner[] = [];
  const toChange = changeOf(check.group);
  const turn = new Turn();
  for await (const [idFiles = [], idRows = [], ...columns] of engine.rows(uncheckedSql(round), ROWS_AT_ONCE)) {
    for (const [index, row] of placedRows(columns, { objects, sql }).entries()) {
      signal?.throwIfAborted();
      if (turn.isOver) await turn.next();
      if (check.takes(toChange(row))) continue;
      const id = { file: Number(idFiles[index]), row: Number(idRows[index]) };
      refused.push({ id, file: row.file, row: row.row });
    }
  }
  return refused;
}
