/**
 * The names of queues. Each table has a queue of its own by default; otherwise
 * two tables on one server would take each other's jobs.
 */

/** The option of BullMQ's classes. */
export function prefixOf(given: { readonly prefix?: string | undefined } | undefined): { readonly prefix?: string } {
  return given?.prefix === undefined ? {} : { prefix: given.prefix };
}

const DEAD_SUFFIX = "-dead";
/** No table of DynamoDB has this character in its name. */
const ESCAPE = "+";

/**
 * The default queue of a table: the table's name, where that is not the name of another queue. Different tables have
 * different queues.
 */
export function queueOfTable(table: string): string {
  const name = table.replaceAll(
    /[^A-Za-z0-9_.-]/g,
    (character) => `${ESCAPE}${character.codePointAt(0)?.toString(16)}.`,
  );
  return name.endsWith(DEAD_SUFFIX) ? `${name}${ESCAPE}` : name;
}

/** The queue of the dead letters; nobody runs its jobs. */
export function deadQueueOf(queue: string): string {
  return `${queue}${DEAD_SUFFIX}`;
}
