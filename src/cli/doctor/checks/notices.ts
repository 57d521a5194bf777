/** Where notices leave for: the mail server, the operator's hub. Nothing is sent. */
import type { Check } from '../check.ts'
import { type Finding, fault, ok, unseen, warning } from '../finding.ts'
import { reachUrl } from '../reach.ts'
import { reachMailServer } from '../reach-mail-server.ts'

export const notices: Check = {
  name: 'notices',
  reliesOn: [
    'DMP_NOTICE_SMTP_URL',
    'DMP_NOTICE_FROM',
    'DMP_NOTICE_SITE',
    'DMP_NOTICE_WEBHOOK',
    'DMP_NOTICE_WEBHOOK_SECRET',
  ],
  async look({ config: { notices: wanted }, production }, signal) {
    const { mail, webhook } = wanted
    if (!mail && !webhook) return [noChannel(production)]
    const [byMail, byHub] = await Promise.all([
      mail ? reachMailServer(mail.server, signal) : undefined,
      webhook ? reachUrl(webhook.url, signal) : undefined,
    ])
    return [
      ...(mail ? [mailFinding(byMail)] : []),
      ...(byHub
        ? [
            byHub.reached
              ? ok('hub-answers', 'la plateforme d’avis est joignable', 'the hub of notices can be reached')
              : unreached(
                  'hub-unreachable',
                  "la plateforme d'avis",
                  'the hub of notices',
                  byHub.code,
                  'DMP_NOTICE_WEBHOOK',
                ),
          ]
        : []),
    ]
  },
}

function noChannel(production: boolean): Finding {
  if (!production)
    return unseen('notices-none', 'aucun avis ne part : bac à sable', 'no notice leaves: a sandbox')
  return warning(
    'notices-none',
    [
      'aucun canal d’avis : les patients ne sont pas prévenus, ce que la loi demande (A10)',
      'no channel of notices: patients are not told, as the law wants (A10)',
    ],
    ['régler DMP_NOTICE_SMTP_URL ou DMP_NOTICE_WEBHOOK', 'set DMP_NOTICE_SMTP_URL or DMP_NOTICE_WEBHOOK'],
  )
}

function mailFinding(code: string | undefined): Finding {
  if (code === undefined)
    return ok(
      'mail-answers',
      'le serveur de messagerie accepte le login',
      'the mail server lets the login in',
    )
  if (code === 'smtp-535' || code === 'smtp-534')
    return fault(
      'mail-login',
      [`le serveur de messagerie refuse le login (${code})`, `the mail server refuses the login (${code})`],
      [
        "corriger l'utilisateur et le mot de passe dans DMP_NOTICE_SMTP_URL (encodés en %)",
        'mend user and password in DMP_NOTICE_SMTP_URL (percent-encoded)',
      ],
    )
  return unreached(
    'mail-unreachable',
    'le serveur de messagerie',
    'the mail server',
    code,
    'DMP_NOTICE_SMTP_URL',
  )
}

function unreached(code: string, fr: string, en: string, why: string, variable: string): Finding {
  const isCertificate = /CERT|SIGNATURE|ALTNAME|TLS|ISSUER/.test(why)
  return fault(
    code,
    [`${fr} n'est pas joignable (${why})`, `${en} cannot be reached (${why})`],
    isCertificate
      ? [
          'son certificat n’est pas reconnu : NODE_EXTRA_CA_CERTS pour une autorité privée',
          'its certificate is not believed: NODE_EXTRA_CA_CERTS for a private authority',
        ]
      : [
          `corriger l'adresse dans ${variable}, ou ouvrir le réseau vers elle`,
          `mend the address in ${variable}, or open the network to it`,
        ],
  )
}
