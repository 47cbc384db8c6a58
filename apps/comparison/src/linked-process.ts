/**
 * A process of the comparison with links to the servers that are its own, so
 * that a fault can affect this process alone.
 */
import type { TcpProxy } from "@trilane/verification/faults";
import type { TrafficChild } from "./traffic-child.ts";

export interface LinkedProcess {
  readonly child: TrafficChild;
  readonly cache: TcpProxy;
  readonly store: TcpProxy;
}
