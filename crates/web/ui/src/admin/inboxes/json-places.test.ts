import { expect, test } from 'vitest'
import { lineOf, placesOf, rangeOf } from './json-places'

const TEXT = `{
  "text": ["/a", {"literal": "x\\"y"}],
  "hints": [
    { "kind": "email", "path": "/e", "verified": true }
  ],
  "keep_rest": false, "n": -1.5e3, "none": null, "empty": {}, "list": []
}
`
const stands = (name: string) => {
  const range = rangeOf(placesOf(TEXT), name)
  return range && TEXT.slice(...range)
}

test('every value has its place', () => {
  expect(placesOf(TEXT).broken).toBeNull()
  expect(stands('text[0]')).toBe('"/a"')
  expect(stands('text[1].literal')).toBe('"x\\"y"')
  expect(stands('hints[0].kind')).toBe('"email"')
  expect(stands('n')).toBe('-1.5e3')
  expect(stands('empty')).toBe('{}')
})

test('what is missing is shown in what it is missing in', () => {
  expect(stands('hints[0].scope')).toMatch(/^\{ "kind".*\}$/)
  expect(stands('hints[3].path')).toMatch(/^\[\n/)
  expect(stands('html')).toBeNull()
})

test.each([
  ['{ "text": ', 10],
  ['{ "text": "/a", }', 16],
  ['{\n  "text" "/a"\n}', 11],
  ['{ "text": "/a" } x', 17],
  ['{ "text": "/a\n" }', 10],
  ['["a" "b"]', 5],
  ['', 0],
])('%j breaks at %d', (text, at) => {
  expect(placesOf(text).broken).toBe(at)
  expect(() => JSON.parse(text) as unknown).toThrow()
})

test('lines and columns count from one', () => {
  expect(lineOf('a\nbc', 0)).toEqual({ line: 1, column: 1 })
  expect(lineOf('a\nbc', 3)).toEqual({ line: 2, column: 2 })
})
