/** Whether the keys of the settings are those with which this database was sealed: some keys of records are opened, none is shown. */
import { masterNamed } from '../../../content/master-key.ts'
import { openRecordKey } from '../../../content/record-key.ts'
import { readKeyRing } from '../../../seal/key-ring.ts'
import { mastersInUse } from '../../../storage/contents/content-keys.ts'
import { someRecordKeys } from '../../../storage/inspection/some-record-keys.ts'
import { masterKeysOf } from '../../../wiring/open-contents.ts'
import { sealAttests } from '../../../wiring/trace-chain.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, ok, unseen, warning } from '../finding.ts'
import { hasMasterKey } from '../has-master-key.ts'
import { KEYS } from './keys.ts'

const SAMPLE = 3

export const storedKeys: Check = {
  name: 'stored-keys',
  needsDatabase: true,
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR', 'DMP_PROFILE', ...KEYS],
  async look({ login, config }) {
    if (config.profile === 'fhir')
      return [unseen('keys-none', 'le profil fhir ne scelle rien', 'the fhir profile seals nothing')]
    return withLogin(login, async (db) => {
      const inUse = await mastersInUse(db)
      if (!hasMasterKey(config))
        return [
          inUse.length === 0
            ? unseen('keys-none', 'rien n’est encore scellé', 'nothing is sealed yet')
            : wrongMaster(undefined, inUse),
        ]
      const master = masterKeysOf(config)
      const unknown = inUse.filter((name) => !masterNamed(master, name))
      if (unknown.length > 0) return [wrongMaster(master.current.name, unknown)]
      const sample = await someRecordKeys(db, SAMPLE)
      const broken = sample.filter((row) => !opens(master, row)).length
      const { foreign } = await readKeyRing(db, sealAttests(config))
      const found: Finding[] = []
      if (broken > 0) found.push(damaged(broken))
      if (foreign.length > 0) found.push(foreignSeal(foreign))
      if (inUse.some((name) => name !== master.current.name)) found.push(stillFormer)
      return found.length > 0
        ? found
        : [
            ok(
              'keys-open',
              `la clé maîtresse ouvre les clés des dossiers (${sample.length} essai(s))`,
              `the master key opens the keys of records (${sample.length} tried)`,
            ),
          ]
    })
  },
}

function opens(
  master: ReturnType<typeof masterKeysOf>,
  row: Awaited<ReturnType<typeof someRecordKeys>>[number],
): boolean {
  try {
    openRecordKey(master, row.patientKey, row)
    return true
  } catch {
    // It does not open: that is what was asked.
    return false
  }
}

function wrongMaster(has: string | undefined, wants: readonly string[]): Finding {
  const list = wants.join(', ')
  return fault(
    'master-key-other',
    [
      `la clé maîtresse (${has ?? 'aucune'}) n'ouvre pas cette base, scellée avec ${list}`,
      `the master key (${has ?? 'none'}) does not open this database, which is sealed with ${list}`,
    ],
    [
      "reprendre la bonne clé au coffre (dmp doctor montre son nom) ; pendant un changement, l'ancienne dans DMP_MASTER_KEY_FORMER",
      'take the right key out of the safe (dmp doctor tells its name); while keys change, the former in DMP_MASTER_KEY_FORMER',
    ],
  )
}

function damaged(count: number): Finding {
  return fault(
    'record-key-damaged',
    [`${count} clé(s) de dossier ne s'ouvrent pas`, `${count} key(s) of records do not open`],
    [
      'restaurer record_key depuis une sauvegarde ; lancer `dmp key rotate` les nomme toutes',
      'restore record_key from a backup; `dmp key rotate` names all of them',
    ],
  )
}

function foreignSeal(names: readonly string[]): Finding {
  return fault(
    'seal-key-foreign',
    [
      `${names.length} clé(s) de scellement dans la base que la clé maîtresse n'atteste pas`,
      `${names.length} seal key(s) in the database that the master key does not attest`,
    ],
    [
      'ancienne clé maîtresse : la donner dans DMP_MASTER_KEY_FORMER ; sinon quelqu’un a écrit dans seal_key : `dmp audit verify`',
      'a former master key: give it in DMP_MASTER_KEY_FORMER; else somebody has written into seal_key: `dmp audit verify`',
    ],
  )
}

const stillFormer = warning(
  'master-key-former-in-use',
  [
    "l'ancienne clé maîtresse enveloppe encore des clés de dossiers",
    'the former master key still wraps keys of records',
  ],
  ['lancer `dmp key rotate`, étape 3 sur 4', 'run `dmp key rotate`, step 3 of 4'],
)
