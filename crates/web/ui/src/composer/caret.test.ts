import { expect, test } from 'vitest'
import { fitting, stillNamed, wishAt } from './caret'

const both: ('macro' | 'mention')[] = ['macro', 'mention']
const at = (text: string) => wishAt(text, text.length, both)

test('a slash at the start of a line asks for a macro', () => {
  expect(at('/re')).toEqual({ what: 'macro', query: 're', start: 0, end: 3 })
  expect(at('Hello\n/')).toEqual({ what: 'macro', query: '', start: 6, end: 7 })
  expect(at('and/or')).toBeNull()
  expect(at('/var/log')).toBeNull()
})

test('an at sign asks for a colleague, but not within an address', () => {
  expect(at('ask @de')).toEqual({ what: 'mention', query: 'de', start: 4, end: 7 })
  expect(at('@Deniz Ar')?.query).toBe('Deniz Ar')
  expect(at('me@example')).toBeNull()
  expect(wishAt('@de', 3, ['macro'])).toBeNull()
})

test('names are found without their accents, and from their beginnings first', () => {
  const names = ['Refund', 'Işık Öz', 'No refund']
  expect(fitting(names, 'isik', (it) => it)).toEqual(['Işık Öz'])
  expect(fitting(names, 'ref', (it) => it)).toEqual(['Refund', 'No refund'])
})

test('who was taken out of the text is not named', () => {
  const named = [
    { id: 'a', name: 'Ana' },
    { id: 'b', name: 'Bo' },
  ]
  expect(stillNamed('@Bo please', named)).toEqual([named[1]])
})
