/** How long a text is as its platform counts: the same rules as on the server. */
export interface Length {
  most: number
  unit: string
}

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' })
const graphemes = (text: string): string[] => [...segmenter.segment(text)].map((it) => it.segment)

const GSM =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà'
const GSM_TWICE = '\f^{}\\[~]|€'

/** Septets of GSM 03.38, or null where a character does not fit into it. */
function septets(text: string): number | null {
  let total = 0
  for (const letter of text) {
    if (GSM.includes(letter)) total += 1
    else if (GSM_TWICE.includes(letter)) total += 2
    else return null
  }
  return total
}

const LINK = /https?:\/\/[^\s<>"]+/giu
const MENTION =
  /(?<![\p{L}\p{N}=/_])(@[A-Za-z0-9_]+(?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)@\w+(?:[.-]+\w+)*/gu

/** What X counts once; all else counts twice. */
function isLight(letter: string): boolean {
  const code = letter.codePointAt(0) ?? 0
  return (
    code <= 0x10ff ||
    (code >= 0x2000 && code <= 0x200d) ||
    (code >= 0x2010 && code <= 0x201f) ||
    (code >= 0x2032 && code <= 0x2037)
  )
}

function weighted(text: string): number {
  const normal = text.normalize('NFC')
  const links = [...normal.matchAll(LINK)].length
  const rest = graphemes(normal.replace(LINK, ''))
  const weigh = (it: string) =>
    /\p{Extended_Pictographic}/u.test(it)
      ? 2
      : [...it].reduce((sum, letter) => sum + (isLight(letter) ? 1 : 2), 0)
  return links * 23 + rest.reduce((sum, it) => sum + weigh(it), 0)
}

export function count(text: string, unit: string): number {
  switch (unit) {
    case 'utf16':
      return text.length
    case 'bytes':
      return new TextEncoder().encode(text).length
    case 'graphemes':
      return graphemes(text).length
    case 'gsm':
      return septets(text) ?? text.length
    case 'weighted':
      return weighted(text)
    case 'mastodon':
      return graphemes(text.replace(MENTION, '$1').replace(LINK, 'x'.repeat(23))).length
    default:
      return [...text].length
  }
}

/** The parts of a text message: those of several parts lose some room to their numbering. */
export function smsParts(text: string): number {
  const plain = septets(text)
  const [used, one, many] = plain === null ? [text.length, 70, 67] : [plain, 160, 153]
  return used <= one ? 1 : Math.ceil(used / many)
}

/** In how many messages a text goes, as far as that can be told before the server cuts it. */
export const parts = (text: string, length: Length): number =>
  length.unit === 'gsm'
    ? smsParts(text)
    : Math.max(1, Math.ceil(count(text.trimEnd(), length.unit) / length.most))
