/** The hosts that notifications may be sent to: reached by TLS, at an address that is admitted. Nothing is sent. */
import type { Check, Installation } from '../check.ts'
import { type Finding, fault, ok, unseen, warning } from '../finding.ts'
import { reachUrl } from '../reach.ts'

const SOON_MS = 14 * 86_400_000
const MOST_HOSTS = 20

export const subscriptions: Check = {
  name: 'subscriptions',
  reliesOn: ['DMP_SUBSCRIPTION_HOSTS'],
  async look({ env, config }, signal) {
    const hosts = (env.DMP_SUBSCRIPTION_HOSTS ?? '')
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '' && !entry.includes('/'))
    if (hosts.length === 0)
      return [
        unseen(
          'subscriptions-none',
          'aucune notification ne part : aucun hôte n’est inscrit',
          'no notification leaves: no host is listed',
        ),
      ]
    const found = await Promise.all(
      hosts.slice(0, MOST_HOSTS).map((host) => hostFinding(host, config, signal)),
    )
    return found.flat()
  },
}

async function hostFinding(
  entry: string,
  { subscriptionHosts }: Installation['config'],
  signal: AbortSignal,
): Promise<Finding[]> {
  const url = new URL(`https://${entry}`)
  const reached = await reachUrl(url.href, signal)
  if (!reached.reached)
    return [
      warning(
        'receiver-unreachable',
        [
          `le destinataire ${entry} n'est pas joignable (${reached.code})`,
          `the receiver ${entry} cannot be reached (${reached.code})`,
        ],
        [
          'prévenir son exploitant, ou le retirer de DMP_SUBSCRIPTION_HOSTS',
          'tell who runs it, or take it out of DMP_SUBSCRIPTION_HOSTS',
        ],
      ),
    ]
  if (!subscriptionHosts.allowsAddress(reached.address))
    return [
      fault(
        'receiver-private',
        [
          `${entry} mène à une adresse privée qui n'est pas inscrite : rien n'y sera envoyé`,
          `${entry} leads to a private address that is not listed: nothing will be sent there`,
        ],
        [
          'inscrire aussi son réseau dans DMP_SUBSCRIPTION_HOSTS (10.20.0.0/16)',
          'list its network too in DMP_SUBSCRIPTION_HOSTS (10.20.0.0/16)',
        ],
      ),
    ]
  const { certificateUntil = Number.POSITIVE_INFINITY } = reached
  if (certificateUntil - Date.now() < SOON_MS)
    return [
      warning(
        'receiver-certificate',
        [
          `le certificat de ${entry} expire dans moins de deux semaines`,
          `the certificate of ${entry} expires in less than two weeks`,
        ],
        ['prévenir son exploitant', 'tell who runs it'],
      ),
    ]
  return [
    ok('receiver-answers', `le destinataire ${entry} est joignable`, `the receiver ${entry} can be reached`),
  ]
}
