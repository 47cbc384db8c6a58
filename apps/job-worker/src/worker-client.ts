/**
 * The worker's client of the queue's server.
 *
 * A server without free memory refuses every script whose first change may need
 * memory, but it runs a script that has removed something before. A worker
 * takes jobs out of the server, so its scripts must run especially then:
 * otherwise nobody could empty a queue that is full of waiting jobs. For this
 * reason each script begins by removing a key that does not exist.
 */
import { Redis } from "ioredis";

const REMOVE_NOTHING = 'redis.call("DEL", KEYS[1] .. ":nothing")\n';

type ScriptDefinition = Parameters<Redis["defineCommand"]>[1];

export class WorkerClient extends Redis {
  override defineCommand(name: string, definition: ScriptDefinition): void {
    super.defineCommand(name, { ...definition, lua: REMOVE_NOTHING + definition.lua });
  }
}
