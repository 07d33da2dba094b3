/** Finds by parts of words, without regard to case, accents and the Turkish dots. */
export const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ı/g, 'i')
    .replace(/ي/g, 'ی')
    .replace(/ك/g, 'ک')

export function fits(words: string, asked: string): boolean {
  const within = plain(words)
  return plain(asked)
    .split(/\s+/)
    .every((word) => within.includes(word))
}
