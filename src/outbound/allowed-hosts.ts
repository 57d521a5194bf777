/**
 * Where the server may send notifications: hosts that the operator has listed, by name and port, over TLS; and of what a
 * name leads to, public addresses alone, or those of networks that are listed too. Nothing is listed by default.
 * @see docs/operations.md "Subscriptions"; https://cwe.mitre.org/data/definitions/918.html
 */
import { BlockList, isIP } from 'node:net'

export type AllowedHosts = {
  /** What is wrong with an address that a client gives; undefined when it may be sent to. */
  endpointFault(endpoint: string): EndpointFault | undefined
  /** Whether the address to which a listed name leads may be connected to. */
  allowsAddress(address: string): boolean
}
export type EndpointFault = 'malformed' | 'not-https' | 'not-listed'

const MAX_LENGTH = 2000
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * @param list `notifications.hopital.example, edge.example:8443, 10.20.0.0/16, [fd00::1]:443`
 * @param loopbackHttp whether `http` to the loopback interface will do: for trying, never in production
 * @throws Error that names the entry at fault
 */
export function allowedHosts(list: string, loopbackHttp: boolean): AllowedHosts {
  const hosts = new Set<string>()
  const networks = new BlockList()
  for (const entry of list.split(',').map((text) => text.trim().toLowerCase())) {
    if (entry === '') continue
    const [network = '', prefix] = entry.split('/')
    if (prefix !== undefined) addNetwork(networks, network, prefix)
    else addHost(hosts, networks, entry)
  }
  return {
    endpointFault(endpoint) {
      if (endpoint.length > MAX_LENGTH || !URL.canParse(endpoint)) return 'malformed'
      const url = new URL(endpoint)
      if (url.username !== '' || url.password !== '' || url.hash !== '') return 'malformed'
      const isLocal = loopbackHttp && url.protocol === 'http:' && loopback.has(url.hostname)
      if (url.protocol !== 'https:' && !isLocal) return 'not-https'
      const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
      return hosts.has(`${url.hostname}:${port}`) ? undefined : 'not-listed'
    },
    allowsAddress(address) {
      const family = isIP(address)
      if (family === 0) return false
      return isPublic(address, family) || networks.check(address, family === 4 ? 'ipv4' : 'ipv6')
    },
  }
}

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', '[::1]', 'localhost'])

function addNetwork(networks: BlockList, network: string, prefix: string): void {
  const family = isIP(network)
  const bits = Number(prefix)
  if (family === 0 || !/^\d{1,3}$/.test(prefix) || bits < 1 || bits > (family === 4 ? 32 : 128))
    throw new Error(`${network}/${prefix} is no network`)
  networks.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6')
}

/** A host that is listed by its address may have that address, public or not. */
function addHost(hosts: Set<string>, networks: BlockList, entry: string): void {
  const [, bracketed, name, port = '443'] = /^(?:\[([0-9a-f:.]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(entry) ?? []
  const host = bracketed ?? name
  const family = host === undefined ? 0 : isIP(host)
  if (host === undefined || Number(port) > 65_535 || (family === 0 && !HOST.test(host)))
    throw new Error(`${entry} is no host`)
  if (family !== 0) networks.addAddress(host, family === 4 ? 'ipv4' : 'ipv6')
  hosts.add(`${family === 6 ? new URL(`https://[${host}]`).hostname : host}:${port}`)
}

/** What is not public: RFC 6890 and its successors; of IPv6, all but the global unicast range and what tunnels through it. */
const notPublic4 = subnets('ipv4', [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
])
const global6 = subnets('ipv6', ['2000::/3'])
const notPublic6 = subnets('ipv6', ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'])

function subnets(family: 'ipv4' | 'ipv6', list: readonly string[]): BlockList {
  const blocks = new BlockList()
  for (const entry of list) {
    const [network = '', bits = ''] = entry.split('/')
    blocks.addSubnet(network, Number(bits), family)
  }
  return blocks
}

function isPublic(address: string, family: number): boolean {
  if (family === 4) return !notPublic4.check(address, 'ipv4')
  return global6.check(address, 'ipv6') && !notPublic6.check(address, 'ipv6')
}
