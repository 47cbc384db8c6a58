/** A process of the comparison with its links to the servers, which are its own, so that a fault can meet it alone. */
import type { TcpProxy } from "@trilane/verification/faults";
import type { TrafficChild } from "./traffic-child.ts";

export interface LinkedProcess {
  readonly child: TrafficChild;
  readonly cache: TcpProxy;
  readonly store: TcpProxy;
}
