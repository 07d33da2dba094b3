/** What is being asked for at the caret: a macro by "/" at the start of a line, a colleague by "@". */
export interface Wish {
  what: 'macro' | 'mention'
  query: string
  /** From the sign on, to the caret. */
  start: number
  end: number
}

export function wishAt(text: string, caret: number, allowed: Wish['what'][]): Wish | null {
  const before = text.slice(0, caret)
  const line = before.slice(before.lastIndexOf('\n') + 1)
  // An address such as /var/log is none: what is looked for has no second slash.
  const macro = /^\/([^/\n]{0,40})$/.exec(line)
  if (macro && allowed.includes('macro'))
    return { what: 'macro', query: macro[1] ?? '', start: caret - macro[0].length, end: caret }
  const mention = /(?<![\p{L}\p{N}.])@([\p{L}\p{M}.'’-]{0,30}(?: [\p{L}\p{M}.'’-]{1,30})?)$/u.exec(
    line,
  )
  if (mention && allowed.includes('mention'))
    return {
      what: 'mention',
      query: mention[1] ?? '',
      start: caret - mention[0].length,
      end: caret,
    }
  return null
}

export const plain = (text: string): string =>
  text.normalize('NFKD').replace(/\p{M}/gu, '').replace(/ı/g, 'i').toLocaleLowerCase('en')

/** Those whose name has each word of the query, those that begin with it first. */
export function fitting<T>(all: T[], query: string, words: (it: T) => string): T[] {
  const wanted = plain(query).split(/\s+/).filter(Boolean)
  const found = all.filter((it) => wanted.every((word) => plain(words(it)).includes(word)))
  const begins = (it: T) => (plain(words(it)).startsWith(plain(query)) ? 0 : 1)
  return found.sort((a, b) => begins(a) - begins(b))
}

/** Who is still named in a note. */
export const stillNamed = <T extends { id: string; name: string }>(text: string, named: T[]): T[] =>
  named.filter((it) => text.includes(`@${it.name}`))
