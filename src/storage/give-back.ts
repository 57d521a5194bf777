/**
 * Memory given back at once. A large piece of bytes costs V8's heap a few words, so that dead ones make no garbage collection
 * urgent until 64 MB of them lie beside the heap; and who waited long while others passed is found by a full collection alone.
 * Whoever knows that nobody reads a piece any more says so here.
 *
 * A message whose channel is closed is dropped, and with it the memory that was transferred: the one way that all supported
 * releases of Node have (ArrayBuffer.prototype.transfer begins with Node 22).
 * @see https://nodejs.org/docs/latest-v20.x/api/worker_threads.html#considerations-when-transferring-typedarrays-and-buffers
 */
import { MessageChannel } from 'node:worker_threads'

/** Below this the collection of young objects is soon enough. */
const LARGE_BYTES = 16 * 1024

const { port1: nowhere, port2 } = new MessageChannel()
port2.close()

/** @param bytes that nobody reads any more: empty from now on. What shares its memory with others is left alone. */
export function giveBack(bytes: Buffer): void {
  const { buffer } = bytes
  if (buffer.byteLength <= LARGE_BYTES || buffer.byteLength !== bytes.length) return
  if (buffer instanceof ArrayBuffer) nowhere.postMessage(undefined, [buffer])
}
