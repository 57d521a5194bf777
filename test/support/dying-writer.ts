/** A process that writes traces and is killed: its session ends, and it has no say in it. */
import { randomInt } from 'node:crypto'
import { ChainWriter } from '../../src/audit/chain-writer.ts'
import { SignedChain } from '../../src/audit/signed-chain.ts'
import { openDedicated } from '../../src/storage/connection/dedicated-connection.ts'
import { lockWriter } from '../../src/storage/traces/audit-checkpoints.ts'
import { chainKey, chainSealer } from './chains.ts'
import type { TestDatabase } from './database.ts'

export async function dyingWriter(test: Pick<TestDatabase, 'server'>) {
  const connection = await openDedicated(test.server)
  const chain = new ChainWriter(randomInt(1, 0x7fff_ffff), chainKey, Date.now)
  await lockWriter(connection, chain.writer)
  const signed = new SignedChain(chain, chainSealer, Date.now)
  await signed.open(connection)
  return { chain, sign: () => signed.sign(connection), kill: () => connection.close() }
}
