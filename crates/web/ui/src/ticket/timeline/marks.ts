/** Where a text holds the words that are searched for; case and accents do not count. */
export interface Stretch {
  text: string
  marked: boolean
  href?: string
}

const plain = (letter: string): string =>
  letter.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase('en').replace('ı', 'i')

/** The words and phrases of a query, plain. */
export function wordsOf(query: string): string[] {
  const found = [...query.matchAll(/"([^"]+)"|(\S+)/g)].map((it) => it[1] ?? it[2] ?? '')
  const words = found.map((it) => [...it.replace(/[*"]/g, '')].map(plain).join('').trim())
  return [...new Set(words)].filter((it) => it.length > 0)
}

export function marksOf(text: string, words: string[]): Stretch[] {
  if (words.length === 0 || text === '') return text ? [{ text, marked: false }] : []
  const letters = [...text]
  let flat = ''
  /** The letter that each half of the plain text comes from. */
  const from: number[] = []
  letters.forEach((letter, i) => {
    const it = plain(letter)
    for (let half = 0; half < it.length; half++) from.push(i)
    flat += it
  })
  const marked = new Array<boolean>(letters.length).fill(false)
  for (const word of words)
    for (let at = flat.indexOf(word); at >= 0; at = flat.indexOf(word, at + word.length))
      for (let i = at; i < at + word.length; i++) marked[from[i] as number] = true
  const found: Stretch[] = []
  letters.forEach((letter, i) => {
    const last = found.at(-1)
    if (last && last.marked === marked[i]) last.text += letter
    else found.push({ text: letter, marked: marked[i] as boolean })
  })
  return found
}

const LINK = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'’”]/g

/** The same with addresses of pages as links. */
export function stretchesOf(text: string, words: string[]): Stretch[] {
  const found: Stretch[] = []
  let at = 0
  for (const link of text.matchAll(LINK)) {
    found.push(...marksOf(text.slice(at, link.index), words))
    found.push({ text: link[0], marked: false, href: link[0] })
    at = link.index + link[0].length
  }
  found.push(...marksOf(text.slice(at), words))
  return found
}
