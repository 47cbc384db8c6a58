/** Faults of the links between processes and real servers. */
export type { LinkFault } from "./link-fault.ts";
export { startTcpProxy, type TcpProxy } from "./tcp-proxy.ts";
