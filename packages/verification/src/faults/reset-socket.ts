/** Ends a connection with a reset (RST), so that the other side sees it break. */
import type { Socket } from "node:net";

/**
 * Node.js (24.21) loses a socket that is reset while its end is being sent: it is never closed, and its process never
 * ends. So the reset waits for that moment to pass, which does not depend on the other side. Bytes that wait are lost.
 */
export function resetSocket(socket: Socket): void {
  const isEndBeingSent = socket.writableEnded && !socket.writableFinished && socket.writableLength === 0;
  if (isEndBeingSent) socket.once("finish", () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
