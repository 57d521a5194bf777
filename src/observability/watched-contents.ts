/** The contents of documents, and the store that may hold them, watched: what was asked of it, how it ended and how long it took. */
import type { Contents } from '../content/contents.ts'
import type { ObjectStore } from '../content/object-store.ts'
import type { Spans } from './spans.ts'

export const storeOperations = ['put', 'get', 'remove'] as const
export type StoreOperation = (typeof storeOperations)[number]
export type StoreWatcher = (operation: StoreOperation, milliseconds: number, isDone: boolean) => void

export function watchedContents(contents: Contents, spans: Spans): Contents {
  return {
    deposit: (patientKey, received, now) =>
      spans.within('content deposit', { contents: received.length }, () =>
        contents.deposit(patientKey, received, now),
      ),
    open: (patientKey, document) =>
      spans.within('content open', {}, () => contents.open(patientKey, document)),
    ofNewRecord: (patientKey) => contents.ofNewRecord(patientKey),
    removeLeftOvers: (now) => contents.removeLeftOvers(now),
  }
}

/** Of reading it is the first byte that counts: the rest comes as fast as the client takes it. */
export function watchedStore(
  store: ObjectStore,
  told: StoreWatcher | undefined,
  spans: Spans | undefined,
): ObjectStore {
  const watched = async <T>(operation: StoreOperation, work: () => Promise<T>): Promise<T> => {
    const begun = performance.now()
    let isDone = false
    try {
      const result = await (spans ? spans.within(`content store ${operation}`, {}, work) : work())
      isDone = true
      return result
    } finally {
      told?.(operation, performance.now() - begun, isDone)
    }
  }
  return {
    put: (name, sealed) => watched('put', () => store.put(name, sealed)),
    remove: (name) => watched('remove', () => store.remove(name)),
    async *get(name, start, end) {
      const pieces = store.get(name, start, end)[Symbol.asyncIterator]()
      try {
        for (let next = await watched('get', () => pieces.next()); !next.done; next = await pieces.next())
          yield next.value
      } finally {
        await pieces.return?.()
      }
    },
  }
}
