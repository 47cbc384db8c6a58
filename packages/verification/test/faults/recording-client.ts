/** A client that notes the bytes that came back, and how its connection ended. */
import { connect, type Socket } from "node:net";

export class RecordingClient {
  readonly socket: Socket;
  received = "";
  /** The code of the error, or "" for an orderly end; null while it is open. */
  end: string | null = null;

  static async open(port: number): Promise<RecordingClient> {
    const client = new RecordingClient(port);
    await new Promise<void>((resolve, reject) => {
      client.socket.once("connect", resolve);
      client.socket.once("error", reject);
    });
    return client;
  }

  constructor(port: number) {
    let code = "";
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (chunk: Buffer) => {
      this.received += chunk.toString("latin1");
    });
    this.socket.on("error", (error: NodeJS.ErrnoException) => {
      code = error.code ?? error.message;
    });
    this.socket.on("close", () => {
      this.end = code;
    });
  }

  send(text: string): void {
    this.socket.write(text, "latin1");
  }
}
