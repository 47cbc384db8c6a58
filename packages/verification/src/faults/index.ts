/** Faults of the links between processes and real servers. */
export type { FaultCounts, LinkFault, LinkFaultKind } from "./link-fault.ts";
export { noFaults } from "./link-fault.ts";
export { startTcpProxy, type TcpProxy, type TcpProxyOptions } from "./tcp-proxy.ts";
