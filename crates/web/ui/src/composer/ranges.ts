/** The server counts in bytes of UTF-8; a text field counts in UTF-16 units. */
export function fromBytes(text: string, at: number): number {
  let bytes = 0
  let units = 0
  for (const letter of text) {
    if (bytes >= at) break
    const code = letter.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
    units += letter.length
  }
  return units
}

export const stretch = (text: string, range: { start: number; end: number }) => ({
  start: fromBytes(text, range.start),
  end: fromBytes(text, range.end),
})
