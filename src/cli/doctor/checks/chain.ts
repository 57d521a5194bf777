/** Whether the newest traces are signed, and by a key that is ours: a quick look; `dmp audit verify` is the whole one. */
import { openSigned } from '../../../audit/checkpoint.ts'
import { isUuid, timeOfUuid } from '../../../fhir/id.ts'
import { readKeyRing } from '../../../seal/key-ring.ts'
import type { Runner } from '../../../storage/database.ts'
import { lastRow, readHead, readHeads } from '../../../storage/traces/audit-checkpoints.ts'
import { sealAttests } from '../../../wiring/trace-chain.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'
import { hasMasterKey } from '../has-master-key.ts'

const WRITERS = 8
/** A checkpoint is signed within seconds of its traces; after broken connections, within a minute. */
const UNSIGNED_MS = 5 * 60_000

export const chain: Check = {
  name: 'chain',
  needsDatabase: true,
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR', 'DMP_MASTER_KEY', 'DMP_MASTER_KEY_FORMER'],
  async look({ login, config, now }) {
    return withLogin(login, async (db) => {
      const heads = await readHeads(db, WRITERS)
      const [newest] = heads
      if (!newest) return [ok('traces-none', "il n'y a pas encore de trace", 'there is no trace yet')]
      if (!hasMasterKey(config)) return [noKey]
      const { check } = await readKeyRing(db, sealAttests(config))
      const found: Finding[] = []
      for (const { writer } of heads) {
        const head = await readHead(db, writer)
        const genuineness = head && openSigned(head.jws, check)?.genuineness
        if (genuineness !== 'genuine') found.push(notGenuine(writer, head?.number ?? 0))
        if (head && (await isUnsigned(db, writer, head.until_seq, now()))) found.push(unsigned(writer))
      }
      return found.length > 0 ? found : [signed(heads.length, now() - newest.recorded)]
    })
  },
}

async function isUnsigned(db: Runner, writer: number, until: number, now: number): Promise<boolean> {
  const last = await lastRow(db, writer)
  if (last === undefined || last.seq <= until || !isUuid(last.id)) return false
  return now - timeOfUuid(last.id) > UNSIGNED_MS
}

const noKey = fault(
  'master-key-absent',
  [
    'il y a des traces, et pas de clé maîtresse pour les vérifier',
    'there are traces, and no master key to verify them with',
  ],
  [
    'donner DMP_MASTER_KEY, ou DMP_DATA_DIR du bac à sable qui les a écrites',
    'give DMP_MASTER_KEY, or DMP_DATA_DIR of the sandbox that wrote them',
  ],
)

function notGenuine(writer: number, number: number): Finding {
  return fault(
    'checkpoint-not-genuine',
    [
      `la signature du point ${number} du rédacteur ${writer} n'est pas reconnue : autre clé maîtresse, ou altération`,
      `the signature of checkpoint ${number} of writer ${writer} is not known: another master key, or an alteration`,
    ],
    [
      'vérifier DMP_MASTER_KEY, puis `dmp audit verify` ; garder son rapport',
      'look at DMP_MASTER_KEY, then `dmp audit verify`; keep its report',
    ],
  )
}

function unsigned(writer: number): Finding {
  return warning(
    'traces-unsigned',
    [
      `le rédacteur ${writer} a des traces non signées depuis plus de 5 minutes : son serveur s'est arrêté net`,
      `writer ${writer} has traces that are unsigned for more than 5 minutes: its server has ended abruptly`,
    ],
    [
      'démarrer un serveur : il reprend et signe la chaîne',
      'start a server: it goes on with the chain, and signs it',
    ],
  )
}

function signed(writers: number, age: number): Finding {
  const minutes = Math.max(0, Math.round(age / 60_000))
  return ok(
    'traces-signed',
    `les derniers points de ${writers} rédacteur(s) sont signés, le plus récent il y a ${minutes} min (tout : dmp audit verify)`,
    `the last checkpoints of ${writers} writer(s) are signed, the newest ${minutes} min ago (all: dmp audit verify)`,
  )
}
