import { expect, test } from 'vitest'
import { ApiProblem } from '@/api/problem'
import { linesOf, readJson, refused, takenBy } from './mapping'
import { eventShown, findingsOf } from './mapping-event'

const finding = (field: string, outcome: string, at: string[], event = 0) => ({
  event,
  field,
  outcome,
  at,
  value: null,
  why: null,
})

test('what came is read as JSON is, and each line knows its pointer', () => {
  const value = { 'a/b': { 'c~': [1, { d: null }] }, e: [], said: 'سلام "x"\n' }
  const lines = linesOf(value)
  const whole = lines.map((it) => it.before + it.text + it.after)
  expect(JSON.parse(whole.join('\n'))).toEqual(value)
  expect(lines.find((it) => it.text)).toEqual({
    depth: 1,
    before: '"said": "',
    text: 'سلام \\"x\\"\\n',
    after: '"',
    pointer: '/said',
  })
  expect(lines.find((it) => it.before.startsWith('1'))?.pointer).toBe('/a~1b/c~0/0')
  expect(lines.find((it) => it.before.startsWith('"d"'))).toMatchObject({
    depth: 4,
    before: '"d": null',
    pointer: '/a~1b/c~0/1/d',
  })
})

test('a refusal is split into its place and its words', () => {
  const problem = (detail: string) =>
    new ApiProblem({ status: 422, code: 'invalid_field', title: '', detail } as never)
  const text = '{\n  "text": "/a",\n  "hints": [{ "kind": "external", "path": "/b" }]\n}'
  expect(refused(text, problem('hints[0].scope: expected where'), '')).toMatchObject({
    place: 'hints[0].scope',
    words: 'expected where',
    line: 3,
    column: 13,
  })
  expect(refused(text, problem('the mapping: expected an object'), 'all')).toEqual({ words: 'all' })
  expect(readJson('{ "text" }', 'no').wrong).toMatchObject({ words: 'no', line: 1, column: 10 })
})

test('what the fields took is known by its pointer', () => {
  const findings = [
    finding('text', 'found', ['/a']),
    finding('subject', 'found', ['/a']),
    finding('id', 'missing', ['/b']),
    finding('files', 'unusable', ['/c']),
  ]
  expect([...takenBy({ events: [], count: 1, findings })]).toEqual([
    [
      '/a',
      [
        { field: 'text', good: true },
        { field: 'subject', good: true },
      ],
    ],
    ['/c', [{ field: 'files', good: false }]],
  ])
  expect(findingsOf(findings, 0).map((it) => it.outcome)).toEqual([
    'unusable',
    'found',
    'found',
    'missing',
  ])
  expect(findingsOf(findings, 1)).toEqual([])
})

test('an event is shown by what happened', () => {
  const shown = eventShown({
    key: 'm-1:deleted',
    direction: 'inbound',
    who: { role: 'customer', hints: [{ key: { kind: 'external', scope: 'crm' }, display: 'A-7' }] },
    what: { deletion: { of: 'm-1' } },
  })
  expect(shown).toMatchObject({ happened: 'deletion', id: 'm-1', text: '', rest: null })
  expect(shown.who.known).toEqual(['crm: A-7'])
  expect(eventShown({ what: { order: {} } }).happened).toBe('unknown')
})
