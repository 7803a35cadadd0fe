// Whether a text is an IPv4 network, in words, while it is typed.

const NUMBER = /^(0|[1-9]\d{0,2})$/;
const isNumber = (text, most) => NUMBER.test(text) && Number(text) <= most;

/** What is wrong with a network such as 203.0.113.0/24; an empty text if nothing is. */
export function networkFault(text) {
  if (!text) return "";
  const [address, prefix, ...more] = text.split("/");
  const numbers = address.split(".");
  if (address.includes(":")) return `${text} is IPv6, which is not supported here. Use an IPv4 network such as 203.0.113.0/24.`;
  const isAddress = numbers.length === 4 && numbers.every((number) => isNumber(number, 255));
  if (!isAddress || more.length) return `${text} is not an IPv4 network, such as 203.0.113.0/24.`;
  if (prefix === undefined) return "";
  if (!isNumber(prefix, 32)) return `/${prefix} is not the size of a network: use a number from 0, for all addresses, to 32, for one.`;
  const value = numbers.reduce((sum, number) => sum * 256 + Number(number), 0);
  const size = 2 ** (32 - Number(prefix));
  const first = value - (value % size);
  if (first === value) return "";
  const network = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".");
  return `${address} is an address in the network ${network}/${prefix}. Use ${network}/${prefix}, or ${address}/32 for this address alone.`;
}
