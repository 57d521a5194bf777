/** The store of contents: one object of nobody's is put there, read and removed. The one thing that `dmp doctor` writes. */
import { randomUUID } from 'node:crypto'
import { openElsewhere } from '../../../wiring/open-contents.ts'
import type { Check } from '../check.ts'
import { fault, ok, unseen } from '../finding.ts'

const probe = Buffer.from('dmp doctor: this object may be removed\n')

export const contentStore: Check = {
  name: 'content-store',
  reliesOn: ['DMP_CONTENT_STORE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'],
  async look({ config }) {
    if (!config.contentStore)
      return [unseen('store-none', 'les contenus sont dans PostgreSQL', 'contents lie in PostgreSQL')]
    const { objects } = await openElsewhere(config.contentStore)
    const name = `dmp-doctor-${randomUUID()}`
    const steps = [
      ['PutObject', () => objects.put(name, { length: probe.length, chunks: oneChunk })],
      ['GetObject', async () => same(await readAll(objects.get(name, 0, probe.length)))],
      ['DeleteObject', () => objects.remove(name)],
    ] as const
    for (const [action, step] of steps) {
      try {
        await step()
      } catch (error) {
        return [
          fault(
            'store-refuses',
            [
              `l'entrepôt des contenus ne fait pas ${action} : ${reasonOf(error)}`,
              `the store of contents does not ${action}: ${reasonOf(error)}`,
            ],
            [
              "voir s'il répond (endpoint, bucket, région), et les droits de la clé : PutObject, GetObject, DeleteObject sur le préfixe",
              'see whether it answers (endpoint, bucket, region), and the rights of the key: PutObject, GetObject, DeleteObject on the prefix',
            ],
          ),
        ]
      }
    }
    return [
      ok(
        'store-works',
        "l'entrepôt des contenus garde, rend et retire un objet",
        'the store of contents keeps, gives and removes an object',
      ),
    ]
  },
}

async function* oneChunk(): AsyncIterable<Buffer> {
  yield probe
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const read: Buffer[] = []
  for await (const chunk of chunks) read.push(chunk)
  return Buffer.concat(read)
}

function same(read: Buffer): void {
  if (!read.equals(probe)) throw new Error('other bytes came back')
}

/** What the store said, by its number and code alone. */
function reasonOf(error: unknown): string {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (at.name === 'ObjectStoreError' && !(at.cause instanceof Error)) return at.message
    if ('code' in at && typeof at.code === 'string' && /^[A-Z_]+$/.test(at.code)) return at.code
    if (at.cause === undefined) return at.message.slice(0, 120)
  }
  return 'no answer'
}
