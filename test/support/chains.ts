/** Chains of traces on a database of a test: their keys, their keepers, rows like those of a server. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { ChainKeeper } from '../../src/audit/chain-keeper.ts'
import type { CheckSeal } from '../../src/audit/checkpoint.ts'
import { checkByKeys } from '../../src/audit/public-keys.ts'
import { traceSealKey } from '../../src/audit/trace-seal.ts'
import { encodeUuid, type Uuid } from '../../src/fhir/id.ts'
import { publicSealKey } from '../../src/seal/seal-key.ts'
import { createSealer, type Sealer } from '../../src/seal/sealer.ts'
import { openDedicated } from '../../src/storage/connection/dedicated-connection.ts'
import type { TraceChain, TraceRow } from '../../src/storage/traces/insert-traces.ts'
import type { TestDatabase } from './database.ts'
import { newUuid } from './stored-documents.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const chainSealer: Sealer = createSealer(privateKey)
export const chainCheck: CheckSeal = checkByKeys(JSON.stringify({ keys: [publicSealKey(privateKey)] }))
export const chainKey = traceSealKey(randomBytes(32))

/** Like a process of the server; told of no fault. */
export function openKeeper(
  test: Pick<TestDatabase, 'server'>,
  onFault: (error: unknown) => void,
  now = Date.now,
): Promise<ChainKeeper> {
  return ChainKeeper.open({
    connection: test.server,
    keys: [chainKey],
    sealer: chainSealer,
    check: async () => chainCheck,
    now,
    onFault,
  })
}

/** As the owner, who may do everything. */
export function openOwner(test: Pick<TestDatabase, 'owner'>) {
  return openDedicated({ ...test.owner, statementTimeoutMs: 0 })
}

/** A read of a document, as most traces are. */
export function traceRow(chain: TraceChain, given: Partial<TraceRow> = {}): TraceRow {
  const id: Uuid = given.id ?? newUuid()
  return {
    patient_key: newUuid(),
    recorded: new Date().toISOString(),
    interaction: 'read-document-reference',
    outcome: '0',
    status: 200,
    error: '',
    actor: 'PS',
    authentication: 'DIRECTE',
    person: 'ps:899700000005',
    organization: 'st:1750000001',
    profession: '10',
    client: 'lgc-cabinet',
    on_behalf_of: null,
    mode: 'normal',
    motive: '',
    rules: ['F10', 'H1', 'A1', 'V3'],
    resource_type: 'DocumentReference',
    entities: [`DocumentReference/${encodeUuid(newUuid())}/1`],
    query: '',
    request_id: newUuid(),
    network: '192.0.2.17',
    notices: [],
    chain,
    ...given,
    id,
  }
}
