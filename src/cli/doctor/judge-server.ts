/** What is good and bad of a PostgreSQL, for an installation; pure. */
import type { ServerFacts } from '../../storage/inspection/server-facts.ts'
import type { Installation } from './check.ts'
import { type Finding, fault, ok, warning } from './finding.ts'

const OLDEST = 150_000
/** What most clocks that are kept by NTP stay within; tokens are allowed no more than seconds. */
const CLOCK_WARNING_MS = 2_000
const CLOCK_FAULT_MS = 30_000
/** Four shared, four for gathered reads, eight for transactions, four for searches, two for traces and their chain. */
const CONNECTIONS_OF_A_PROCESS = 22

export function judgeServer(
  facts: ServerFacts,
  { config, production }: Pick<Installation, 'config' | 'production'>,
): readonly Finding[] {
  const version = `${Math.floor(facts.version / 10_000)}.${facts.version % 10_000}`
  return [
    ok('database-answers', `PostgreSQL ${version} répond`, `PostgreSQL ${version} answers`),
    ...(facts.version < OLDEST
      ? [
          fault(
            'database-too-old',
            [`PostgreSQL ${version} est trop ancien`, `PostgreSQL ${version} is too old`],
            ['passer à PostgreSQL 15 ou plus récent', 'upgrade to PostgreSQL 15 or later'],
          ),
        ]
      : []),
    ...(facts.encoding !== 'UTF8'
      ? [
          fault(
            'database-encoding',
            [`l'encodage est ${facts.encoding}, pas UTF8`, `its encoding is ${facts.encoding}, not UTF8`],
            [
              "recréer la base : create database … encoding 'UTF8' template template0",
              "make the database anew: create database … encoding 'UTF8' template template0",
            ],
          ),
        ]
      : []),
    ...(facts.in_recovery
      ? [
          fault(
            'database-read-only',
            [
              "c'est un réplica : rien ne peut y être écrit, ni tracé",
              'it is a replica: nothing can be written or traced there',
            ],
            [
              'DATABASE_URL mène au primaire ; un réplica va dans DATABASE_READ_URL',
              'DATABASE_URL leads to the primary; a replica goes into DATABASE_READ_URL',
            ],
          ),
        ]
      : []),
    ...(facts.pg_trgm
      ? []
      : [
          fault(
            'database-extension',
            ["l'extension pg_trgm n'est pas disponible", 'the extension pg_trgm is not to be had'],
            [
              'installer les extensions contrib de PostgreSQL',
              'install the contrib extensions of PostgreSQL',
            ],
          ),
        ]),
    ...judgeTransport(facts, production),
    ...judgeDurability(facts),
    ...judgeRoom(facts, config.workers),
  ]
}

function judgeTransport({ tls, remote, login_is_superuser }: ServerFacts, production: boolean): Finding[] {
  const found: Finding[] = []
  if (remote && !tls) {
    const say = production ? fault : warning
    found.push(
      say(
        'database-in-the-clear',
        [
          'la connexion à une autre machine passe en clair',
          'the connection to another machine goes in the clear',
        ],
        [
          'ajouter sslmode=verify-full à DATABASE_URL, et activer ssl dans PostgreSQL',
          'add sslmode=verify-full to DATABASE_URL, and switch ssl on in PostgreSQL',
        ],
      ),
    )
  }
  if (production && login_is_superuser)
    found.push(
      warning(
        'database-superuser',
        ['le login de DATABASE_URL est superutilisateur', 'the login of DATABASE_URL is a superuser'],
        [
          'un login qui ne possède que cette base (docs/operations.md, « Database roles »)',
          'a login that owns this database alone (docs/operations.md "Database roles")',
        ],
      ),
    )
  return found
}

/** What rule T2 rests on: an answer leaves once its trace is on disk. */
function judgeDurability(facts: ServerFacts): Finding[] {
  const wrong = (['fsync', 'synchronous_commit', 'full_page_writes'] as const).filter(
    (name) => facts[name] === 'off',
  )
  const found = wrong.map((name) =>
    fault(
      'database-not-durable',
      [
        `${name} = off : une panne perdrait des traces déjà répondues (T2)`,
        `${name} = off: a failure would lose traces that were answered already (T2)`,
      ],
      [`${name} = on dans postgresql.conf, puis recharger`, `${name} = on in postgresql.conf, then reload`],
    ),
  )
  if (facts.autovacuum === 'off')
    found.push(
      warning(
        'database-autovacuum',
        [
          'autovacuum = off : les tables enflent, les plans vieillissent',
          'autovacuum = off: tables bloat, plans grow old',
        ],
        ['autovacuum = on', 'autovacuum = on'],
      ),
    )
  return found
}

function judgeRoom({ max_connections: most, connections }: ServerFacts, workers: number): Finding[] {
  const wanted = workers * CONNECTIONS_OF_A_PROCESS
  const counts = `${wanted} (DMP_WORKERS=${workers} × ${CONNECTIONS_OF_A_PROCESS})`
  if (wanted > most)
    return [
      fault(
        'database-connections',
        [
          `il faut jusqu'à ${counts} connexions, PostgreSQL en permet ${most}`,
          `up to ${counts} connections are needed, PostgreSQL allows ${most}`,
        ],
        [
          `max_connections = ${wanted + 20} au moins, ou moins de processus`,
          `max_connections = ${wanted + 20} at least, or fewer processes`,
        ],
      ),
    ]
  return [
    ok(
      'database-connections',
      `${connections} connexions prises sur ${most}, ${counts} au plus pour un serveur`,
      `${connections} of ${most} connections are taken, ${counts} at most by one server`,
    ),
  ]
}

/** @param milliseconds by which the database is ahead */
export function judgeClock(milliseconds: number): Finding {
  const seconds = (milliseconds / 1_000).toFixed(1)
  if (Math.abs(milliseconds) < CLOCK_WARNING_MS)
    return ok(
      'database-clock',
      'son horloge est celle de cette machine, à 2 s près',
      'its clock is that of this machine, within 2 s',
    )
  const say = Math.abs(milliseconds) < CLOCK_FAULT_MS ? warning : fault
  return say(
    'database-clock',
    [
      `l'horloge de la base diffère de ${seconds} s de celle de cette machine`,
      `the clock of the database differs by ${seconds} s from that of this machine`,
    ],
    [
      'synchroniser les deux machines (chrony, timedatectl set-ntp true)',
      'synchronise both machines (chrony, timedatectl set-ntp true)',
    ],
  )
}
