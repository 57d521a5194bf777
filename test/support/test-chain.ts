/** A chain in memory, for tests that write traces and look at something else: sealed, but signed by nobody. */
import { randomBytes, randomInt } from 'node:crypto'
import { ChainWriter } from '../../src/audit/chain-writer.ts'
import { traceSealKey } from '../../src/audit/trace-seal.ts'

export function testChain(): ChainWriter {
  return new ChainWriter(randomInt(1, 0x7fff_ffff), traceSealKey(randomBytes(32)), Date.now)
}
