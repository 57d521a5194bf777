/** The keys of the settings: there, strong, not the sandbox's, readable by nobody else. */
import { readFileSync, statSync } from 'node:fs'
import { publicSealKey, thumbprint } from '../../../seal/seal-key.ts'
import { derivedSealKey } from '../../../wiring/derived-seal-key.ts'
import type { Check, Installation } from '../check.ts'
import { type Finding, fault, ok, unseen, warning } from '../finding.ts'
import { hasMasterKey, sandboxKeyFile } from '../has-master-key.ts'

export const KEYS = ['DMP_MASTER_KEY', 'DMP_MASTER_KEY_FORMER', 'DMP_SEAL_KEY']
/** Fewer different characters than this are no random bytes, in whatever alphabet. */
const DIFFERENT = 12
const OTHERS = 0o007

export const keys: Check = {
  name: 'keys',
  reliesOn: KEYS,
  async look(installation) {
    const { config, production } = installation
    const found = [...readableByOthers(installation), ...weak(installation)]
    if (production) found.push(...ofSandbox(installation))
    if (!production && !hasMasterKey(config))
      return [
        ...found,
        unseen(
          'master-key-none',
          'le bac à sable fera sa clé maîtresse au premier démarrage',
          'the sandbox makes its master key at its first start',
        ),
      ]
    if (found.some(({ verdict }) => verdict === 'fault')) return found
    return [ok('keys-read', 'clés lues, de bonne longueur', 'the keys are read, and long enough'), ...found]
  },
}

/** Every secret that lies in a file; Windows has no such modes. */
function readableByOthers({ env }: Installation): Finding[] {
  if (process.platform === 'win32') return []
  const files = Object.entries(env).flatMap(([name, text]) =>
    text?.startsWith('file:') ? [[name, text.slice('file:'.length)] as const] : [],
  )
  const key = env.DMP_TLS_KEY
  return [...files, ...(key ? [['DMP_TLS_KEY', key] as const] : [])].flatMap(([name, path]) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & OTHERS) === 0) return []
    return [
      warning(
        'secret-readable',
        [
          `le fichier de ${name} est lisible par tous (mode ${(mode & 0o777).toString(8)})`,
          `the file of ${name} can be read by everybody (mode ${(mode & 0o777).toString(8)})`,
        ],
        [
          'chmod 600, au nom du compte du serveur (640 avec son groupe)',
          'chmod 600, owned by the account of the server (640 with its group)',
        ],
      ),
    ]
  })
}

function weak({ config }: Installation): Finding[] {
  const { masterKey, formerMasterKey } = config
  const named = [
    ['DMP_MASTER_KEY', masterKey],
    ['DMP_MASTER_KEY_FORMER', formerMasterKey],
  ] as const
  const found = named.flatMap(([name, key]) =>
    key === undefined || new Set(key).size >= DIFFERENT
      ? []
      : [
          fault(
            'master-key-weak',
            [`${name} n'a rien d'aléatoire`, `${name} has nothing random in it`],
            [
              'openssl rand -base64 48 > fichier, et file:/chemin ; si elle a servi : dmp key rotate',
              'openssl rand -base64 48 > file, and file:/path; if it was used: dmp key rotate',
            ],
          ),
        ],
  )
  if (masterKey === undefined || masterKey !== formerMasterKey) return found
  return [
    ...found,
    warning(
      'master-key-twice',
      [
        'DMP_MASTER_KEY et DMP_MASTER_KEY_FORMER sont la même clé',
        'DMP_MASTER_KEY and DMP_MASTER_KEY_FORMER are the same key',
      ],
      [
        'retirer DMP_MASTER_KEY_FORMER, ou y mettre l’ancienne',
        'take DMP_MASTER_KEY_FORMER away, or put the former one there',
      ],
    ),
  ]
}

/** What anybody with the sandbox's folder, or the master key alone, could have made. */
function ofSandbox({ config }: Installation): Finding[] {
  const { masterKey, dataDir, seal } = config
  const todo = [
    'faire des clés neuves pour la production : openssl rand -base64 48, openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
    'make new keys for production: openssl rand -base64 48, openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256',
  ] as const
  const found: Finding[] = []
  if (masterKey !== undefined && masterKey === fileOf(dataDir))
    found.push(
      fault(
        'master-key-of-sandbox',
        [
          'DMP_MASTER_KEY est la clé du bac à sable de DMP_DATA_DIR',
          'DMP_MASTER_KEY is the key of the sandbox in DMP_DATA_DIR',
        ],
        todo,
      ),
    )
  if (
    masterKey !== undefined &&
    seal.key !== undefined &&
    thumbprint(publicSealKey(seal.key)) === thumbprint(publicSealKey(derivedSealKey(masterKey)))
  )
    found.push(
      fault(
        'seal-key-of-sandbox',
        [
          'DMP_SEAL_KEY est dérivée de la clé maîtresse, comme dans un bac à sable',
          'DMP_SEAL_KEY is derived from the master key, as in a sandbox',
        ],
        todo,
      ),
    )
  return found
}

function fileOf(dataDir: string): string | undefined {
  try {
    return readFileSync(sandboxKeyFile(dataDir), 'utf8').trim()
  } catch {
    // There is none, or none that we may read: then it is not the one in use.
    return undefined
  }
}
