/** How a name looks when there is little room. */
const TONES = ['tone-blue', 'tone-green', 'tone-amber', 'tone-red', 'tone-purple', 'tone-gray']

export function initials(name: string): string {
  const letters = name
    .trim()
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => [...word].find((it) => /[\p{L}\p{N}]/u.test(it)) ?? '')
  // Arabic letters would join; a non-joiner keeps them apart.
  const between = /[\u0600-\u06ff]/.test(name) ? '\u200c' : ''
  return letters.join(between).toLocaleUpperCase('tr') || '?'
}

export function toneOf(name: string): string {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return TONES[sum % TONES.length] as string
}
