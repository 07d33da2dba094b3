/** A text with one entry a line, or with commas, as a list. */
export const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

export const commas = (text: string): string[] =>
  text
    .split(/[,،\n]/)
    .map((part) => part.trim())
    .filter(Boolean)
