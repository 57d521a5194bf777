/** Which peers are proxies of ours, by the address of the connection: it cannot be forged over TCP, as a header can. */
import { BlockList, isIP } from 'node:net'

/** @param networks `10.0.0.4`, `10.1.0.0/16`, checked when the configuration is read */
export function isOneOf(networks: readonly string[]): (address: string | undefined) => boolean {
  const known = new BlockList()
  for (const network of networks) {
    const [address = '', prefix] = network.split('/')
    const family = familyOf(address)
    if (!family) throw new TypeError(`${network} is no network`)
    if (prefix === undefined) known.addAddress(address, family)
    else known.addSubnet(address, Number(prefix), family)
  }
  return (address) => {
    const family = familyOf(address ?? '')
    return address !== undefined && family !== undefined && known.check(address, family)
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' | undefined {
  const version = isIP(address)
  return version === 4 ? 'ipv4' : version === 6 ? 'ipv6' : undefined
}
