/**
 * The one way to show an address: scheme, host and port. User, password, path
 * and query may be secret and are never shown. Of a text that is no address
 * nothing is shown.
 */

const UNREADABLE = "(an address that cannot be read)";

/** Shows one address, or several with commas between them, with or without a scheme. */
export function shownAddress(addresses: string): string {
  return addresses.split(",").map(shownOne).join(", ");
}

function shownOne(text: string): string {
  const address = text.trim();
  const hasScheme = address.includes("://");
  const url = URL.parse(hasScheme ? address : `tcp://${address}`);
  if (url === null || url.hostname === "") return UNREADABLE;
  return hasScheme ? `${url.protocol}//${url.host}` : url.host;
}
