/**
 * Long runs of base64 between two tags — an embedded PDF is most of the bytes of an unstructured CDA — are cut to their
 * start as the text goes by, before it is parsed: that is several times faster, and the verdict on the document stays the
 * same.
 *
 * INVARIANT: what is dropped holds no character that means something to XML, and stands behind a `>` and as many
 * characters as the header may not have in one text or attribute (cda-tree.ts). So no tag, name or entity changes; text
 * where none may be is still text; and of a comment, or of what is too long anyway, nothing is lost that anybody keeps.
 * Column numbers after a run are off.
 */
export const longestRun = 16_384
const foreign = /[^A-Za-z0-9+/= \t\r\n]/g

export class Base64Cutter {
  /** Characters since the last `>`, none of them foreign to base64; -1 outside a run. */
  #run = -1

  /** @returns what is left of the next piece of text */
  cut(text: string): string {
    let kept = ''
    let copied = 0
    let at = 0
    while (at < text.length) {
      if (this.#run < 0) {
        const tag = text.indexOf('>', at)
        if (tag < 0) break
        at = tag + 1
        this.#run = 0
      }
      const next = text.indexOf('<', at)
      const end = next < 0 ? text.length : next
      // Most of what stands between two tags is short: it ends the run without a look at what it is.
      if (next >= 0 && this.#run + end - at <= longestRun) {
        this.#run = -1
        at = end
        continue
      }
      const stop = firstForeign(text, at, end)
      const keepTo = Math.min(stop, at + Math.max(0, longestRun - this.#run))
      if (keepTo < stop) {
        kept += text.slice(copied, keepTo)
        copied = stop
      }
      this.#run = stop < text.length ? -1 : this.#run + stop - at
      at = stop
    }
    return copied === 0 ? text : kept + text.slice(copied)
  }
}

function firstForeign(text: string, from: number, to: number): number {
  foreign.lastIndex = from
  const found = foreign.exec(text)
  return found ? Math.min(found.index, to) : to
}
