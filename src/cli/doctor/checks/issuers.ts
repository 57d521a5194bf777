/** The issuers of tokens: do they answer, with keys that can be used, as whom they are trusted, and by the same clock? */

import type { Issuer } from '../../../config/issuers.ts'
import { boundedText } from '../../../http/authentication/bounded-answer.ts'
import { usableKeys } from '../../../http/authentication/usable-keys.ts'
import type { Check, Installation } from '../check.ts'
import { type Finding, fault, ok, unseen, warning } from '../finding.ts'
import { codeOf } from '../reach.ts'

const TIME_MS = 5_000
const MOST_BYTES = 256 * 1024
/** `exp` and `nbf` are believed to some seconds. */
const CLOCK_WARNING_MS = 5_000
const CLOCK_FAULT_MS = 60_000

const REACH = [
  "ouvrir le réseau vers lui, ou corriger l'adresse dans DMP_ISSUERS ; une autorité privée : NODE_EXTRA_CA_CERTS",
  'open the network to it, or mend its address in DMP_ISSUERS; a private authority: NODE_EXTRA_CA_CERTS',
] as const

export const issuers: Check = {
  name: 'issuers',
  reliesOn: ['DMP_ISSUERS'],
  async look(installation, signal) {
    const { config } = installation
    if (config.issuers.length === 0)
      return [
        unseen(
          'issuer-sandbox',
          "l'émetteur est celui du bac à sable, dans le serveur même",
          "the issuer is the sandbox's, within the server itself",
        ),
      ]
    const found = await Promise.all(config.issuers.map((issuer) => lookAt(issuer, installation, signal)))
    return found.flat()
  },
}

async function lookAt(issuer: Issuer, installation: Installation, signal: AbortSignal): Promise<Finding[]> {
  const name = new URL(issuer.issuer).host
  const found = installation.production ? notForProduction(issuer, name) : []
  const clocks: Finding[] = []
  const answers = await Promise.all([
    'jwksUri' in issuer ? keysOf(issuer.jwksUri, name, installation, signal, clocks) : [],
    'jwksUri' in issuer ? discovery(issuer.issuer, issuer.jwksUri, name, signal) : [],
    issuer.introspection ? introspection(issuer.introspection, name, signal) : [],
  ])
  return [...found, ...answers.flat(), ...clocks.slice(0, 1)]
}

function notForProduction({ issuer }: Issuer, name: string): Finding[] {
  const { hostname, pathname } = new URL(issuer)
  const isLocal = /^(?:localhost|127\.|\[::1\])/.test(hostname)
  if (!isLocal && !pathname.includes('/sandbox/')) return []
  return [
    fault(
      'issuer-of-sandbox',
      [
        `l'émetteur ${name} est celui d'un bac à sable : il donne des jetons à n'importe qui`,
        `the issuer ${name} is a sandbox's: it gives tokens to anybody`,
      ],
      ['mettre l’émetteur de production dans DMP_ISSUERS', 'put the issuer of production into DMP_ISSUERS'],
    ),
  ]
}

type Answer = { readonly status: number; readonly text: string; readonly date: number }

async function ask(url: string, init: RequestInit, signal: AbortSignal): Promise<Answer | string> {
  try {
    const response = await fetch(url, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_MS)]),
    })
    const text = await boundedText(response, MOST_BYTES)
    return { status: response.status, text, date: Date.parse(response.headers.get('date') ?? '') }
  } catch (error) {
    return codeOf(error)
  }
}

async function keysOf(
  url: string,
  name: string,
  { now }: Installation,
  signal: AbortSignal,
  clocks: Finding[],
): Promise<Finding[]> {
  const answer = await ask(url, {}, signal)
  if (typeof answer === 'string')
    return [
      fault(
        'issuer-unreachable',
        [`l'émetteur ${name} ne répond pas (${answer})`, `the issuer ${name} does not answer (${answer})`],
        REACH,
      ),
    ]
  const skew = answer.date - now()
  if (Math.abs(skew) > CLOCK_WARNING_MS) clocks.push(clock(name, skew))
  const count = usableKeys(answer.text)?.keys.length ?? 0
  if (answer.status !== 200 || count === 0)
    return [
      fault(
        'issuer-keys',
        [
          `l'émetteur ${name} ne publie aucune clé utilisable (statut ${answer.status})`,
          `the issuer ${name} publishes no key that can be used (status ${answer.status})`,
        ],
        [
          'corriger jwksUri ; il faut du RSA de 2048 bits au moins, ou P-256',
          'mend jwksUri; RSA from 2048 bits, or P-256, is needed',
        ],
      ),
    ]
  return [
    ok(
      'issuer-answers',
      `l'émetteur ${name} publie ${count} clé(s)`,
      `the issuer ${name} publishes ${count} key(s)`,
    ),
  ]
}

function clock(name: string, skew: number): Finding {
  const seconds = Math.round(skew / 1000)
  const say = Math.abs(skew) > CLOCK_FAULT_MS ? fault : warning
  return say(
    'issuer-clock',
    [
      `l'horloge de l'émetteur ${name} diffère de ${seconds} s de celle de cette machine : ses jetons seront refusés`,
      `the clock of the issuer ${name} differs by ${seconds} s from that of this machine: its tokens will be refused`,
    ],
    [
      'synchroniser cette machine (chrony, timedatectl set-ntp true) ; si elle est juste, prévenir l’émetteur',
      'synchronise this machine (chrony, timedatectl set-ntp true); if it is right, tell the issuer',
    ],
  )
}

/** The server does not read it; where there is one, it says whether the settings are right. */
async function discovery(
  issuer: string,
  jwksUri: string,
  name: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const answer = await ask(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`, {}, signal)
  if (typeof answer === 'string' || answer.status !== 200) return []
  const told = fieldsOf(answer.text)
  const found: Finding[] = []
  if (typeof told.issuer === 'string' && told.issuer !== issuer)
    found.push(
      fault(
        'issuer-name',
        [
          `l'émetteur ${name} se nomme autrement que dans DMP_ISSUERS : ses jetons seront refusés`,
          `the issuer ${name} calls itself otherwise than DMP_ISSUERS does: its tokens will be refused`,
        ],
        [
          "reprendre `issuer` de sa configuration, à l'octet près (barre oblique comprise)",
          'take `issuer` from its configuration, to the byte (the slash at the end too)',
        ],
      ),
    )
  if (typeof told.jwks_uri === 'string' && told.jwks_uri !== jwksUri)
    found.push(
      warning(
        'issuer-jwks-uri',
        [
          `l'émetteur ${name} annonce une autre adresse de clés que DMP_ISSUERS`,
          `the issuer ${name} announces another address of its keys than DMP_ISSUERS`,
        ],
        ['reprendre `jwks_uri` de sa configuration', 'take `jwks_uri` from its configuration'],
      ),
    )
  return found
}

/** Asked about a token that nobody ever had. */
async function introspection(
  { endpoint, clientId, clientSecret }: NonNullable<Issuer['introspection']>,
  name: string,
  signal: AbortSignal,
): Promise<Finding[]> {
  const [user, password] = [clientId, clientSecret].map((text) => encodeURIComponent(text))
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`
  const body = new URLSearchParams({ token: 'dmp-doctor' })
  const answer = await ask(endpoint, { method: 'POST', headers: { authorization }, body }, signal)
  if (typeof answer === 'string')
    return [
      fault(
        'introspection-unreachable',
        [
          `l'introspection de ${name} ne répond pas (${answer})`,
          `the introspection of ${name} does not answer (${answer})`,
        ],
        REACH,
      ),
    ]
  if (answer.status === 200 && fieldsOf(answer.text).active === false)
    return [
      ok(
        'introspection-answers',
        `l'introspection de ${name} répond`,
        `the introspection of ${name} answers`,
      ),
    ]
  return [
    fault(
      'introspection-refuses',
      [
        `l'introspection de ${name} refuse ce serveur (statut ${answer.status})`,
        `the introspection of ${name} refuses this server (status ${answer.status})`,
      ],
      [
        'corriger clientId et clientSecret dans DMP_ISSUERS, et son droit chez l’émetteur',
        'mend clientId and clientSecret in DMP_ISSUERS, and its right at the issuer',
      ],
    ),
  ]
}

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
  } catch (error) {
    if (error instanceof SyntaxError) return {}
    throw error
  }
}
