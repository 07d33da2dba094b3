/** Where things stand in a text of JSON, so that a refusal is shown at the line that it is about. */
export type Range = readonly [from: number, to: number]

export interface Places {
  /** The ranges of all values, by names such as `hints[0].scope`, as refusals give them. */
  at: ReadonlyMap<string, Range>
  /** Where the text stops being JSON; null when it is JSON. */
  broken: number | null
}

const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/y
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y
const SPACE = /[ \t\r\n]*/y

export function placesOf(text: string): Places {
  const at = new Map<string, Range>()
  let i = 0
  const broken = new Error()
  const take = (what: RegExp): string => {
    what.lastIndex = i
    const found = what.exec(text)
    if (!found) throw broken
    i = what.lastIndex
    return found[0]
  }
  const expect = (sign: string) => {
    if (text[i] !== sign) throw broken
    i++
  }
  /** Members between brackets, with commas between them. */
  const members = (close: string, member: (place: number) => void) => {
    i++
    take(SPACE)
    for (let place = 0; text[i] !== close; place++) {
      if (place) {
        expect(',')
        take(SPACE)
      }
      member(place)
      take(SPACE)
    }
    i++
  }
  const value = (name: string) => {
    take(SPACE)
    const from = i
    if (text[i] === '{')
      members('}', () => {
        const key = JSON.parse(take(STRING)) as string
        take(SPACE)
        expect(':')
        value(name ? `${name}.${key}` : key)
      })
    else if (text[i] === '[') members(']', (place) => value(`${name}[${place}]`))
    else take(text[i] === '"' ? STRING : SCALAR)
    at.set(name, [from, i])
  }
  try {
    value('')
    take(SPACE)
    return { at, broken: i < text.length ? i : null }
  } catch (error) {
    if (error !== broken) throw error
    return { at, broken: i }
  }
}

/** The range of a place, or of what it is missing in; null where nothing of it is there. */
export function rangeOf(places: Places, name: string): Range | null {
  for (let it = name; it; it = it.replace(/(^|\.?)[^.[]+$|\[[^[]*\]$/, '')) {
    const found = places.at.get(it)
    if (found) return found
  }
  return null
}

export function lineOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}
