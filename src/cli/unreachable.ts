/** Whether an error says that PostgreSQL cannot be reached, by which code, and what to do about it. */

/** Of the connection, and PostgreSQL's own: no such database, wrong password, too many connections, starting up. */
const CODE =
  /^(?:ECONN[A-Z]+|E(?:HOST|NET)(?:UNREACH|DOWN)|ENOTFOUND|ETIMEDOUT|EPROTO|EAI_AGAIN|3D000|28\w{3}|57P0[1-3]|53300)$/
/** Of a certificate that is not believed, as OpenSSL and Node name them. */
const CERTIFICATE = /^(?:CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/
/** The driver has no codes for these. */
const WORDS =
  /^(?:Connection terminated|timeout expired$|timeout (?:exceeded )?when trying to connect|The server does not support SSL|SASL: )/

/** Undefined for any other error. */
export function unreachable(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, syscall } = error as NodeJS.ErrnoException
  if (code === undefined) return WORDS.test(error.message) ? error.message : undefined
  // Of a socket in a folder it is said as of a file: ENOENT, EACCES.
  return syscall === 'connect' || CODE.test(code) || CERTIFICATE.test(code) ? code : undefined
}

type Words = readonly [fr: string, en: string, todoFr: string, todoEn: string]

const reasons: readonly (readonly [RegExp, Words])[] = [
  [
    /^28P01$/,
    [
      'le mot de passe est refusé',
      'the password is refused',
      'corriger le mot de passe dans DATABASE_URL, ou celui du rôle (alter role … password)',
      'mend the password in DATABASE_URL, or that of the role (alter role … password)',
    ],
  ],
  [
    /^SASL: /,
    [
      'elle veut un mot de passe',
      'it wants a password',
      'mettre le mot de passe dans DATABASE_URL',
      'put the password into DATABASE_URL',
    ],
  ],
  [
    /^28000$/,
    [
      "l'accès est refusé (pg_hba.conf, ou rôle sans login)",
      'access is refused (pg_hba.conf, or a role without login)',
      'corriger pg_hba.conf ou le rôle',
      'mend pg_hba.conf, or the role',
    ],
  ],
  [
    /^3D000$/,
    [
      "cette base n'existe pas",
      'this database does not exist',
      'create database …, ou corriger son nom dans DATABASE_URL',
      'create database …, or mend its name in DATABASE_URL',
    ],
  ],
  [
    /^53300$/,
    [
      'il ne reste aucune connexion',
      'no connection is left',
      'augmenter max_connections, ou limiter les autres clients (alter role … connection limit)',
      'raise max_connections, or limit the other clients (alter role … connection limit)',
    ],
  ],
  [
    /^ENOTFOUND$/,
    [
      "ce nom d'hôte n'est pas connu",
      'this host name is not known',
      "corriger l'hôte dans DATABASE_URL, ou le DNS",
      'mend the host in DATABASE_URL, or DNS',
    ],
  ],
  [
    CERTIFICATE,
    [
      "son certificat n'est pas reconnu",
      'its certificate is not believed',
      'ajouter sslrootcert=/chemin à DATABASE_URL (ou NODE_EXTRA_CA_CERTS), et nommer la base comme son certificat',
      'add sslrootcert=/path to DATABASE_URL (or NODE_EXTRA_CA_CERTS), and name the host as its certificate does',
    ],
  ],
  [
    /^The server does not support SSL/,
    [
      'elle ne parle pas TLS',
      'it speaks no TLS',
      'y mettre ssl = on, ou, sur la même machine, ôter sslmode de DATABASE_URL',
      'set ssl = on there, or, on the same machine, take sslmode out of DATABASE_URL',
    ],
  ],
]

/** @param why as `unreachable` tells it */
export function wordsOf(why: string): Words {
  return (
    reasons.find(([of]) => of.test(why))?.[1] ?? [
      `elle ne répond pas (${why})`,
      `it does not answer (${why})`,
      "la démarrer, ou corriger l'hôte et le port dans DATABASE_URL, ou ouvrir le pare-feu",
      'start it, or mend host and port in DATABASE_URL, or open the firewall',
    ]
  )
}
