/**
 * The worker's client of the queue's server.
 *
 * A server without free memory refuses every script whose first change may need
 * memory, but it runs a script that has removed something before. A worker
 * takes jobs out of the server, so its scripts must run especially then:
 * otherwise nobody could empty a queue that is full of waiting jobs. For this
 * reason each script begins by removing a key that does not exist.
 *
 * Jobs that were written together end together, with a command each. Commands of
 * one turn of the event loop leave in one write to the socket, because a write
 * of its own costs more than the rest of a command.
 */
import { Writable } from "node:stream";
import { Redis } from "ioredis";

const REMOVE_NOTHING = 'redis.call("DEL", KEYS[1] .. ":nothing")\n';

type ScriptDefinition = Parameters<Redis["defineCommand"]>[1];

export class WorkerClient extends Redis {
  override defineCommand(name: string, definition: ScriptDefinition): void {
    super.defineCommand(name, { ...definition, lua: REMOVE_NOTHING + definition.lua });
  }

  override sendCommand(...command: Parameters<Redis["sendCommand"]>): unknown {
    const { stream } = this;
    // There is no stream before the first connection.
    if (isSocket(stream) && stream.writableCorked === 0) {
      stream.cork();
      setImmediate(() => stream.uncork());
    }
    return super.sendCommand(...command);
  }
}

function isSocket(stream: unknown): stream is Writable {
  return stream instanceof Writable;
}
