/** A mapping while it is written: what is tried, on what, and what is shown of what came. */
import { api, good, type Schemas } from '@/api/client'
import { ApiProblem } from '@/api/problem'
import { lineOf, placesOf, rangeOf, type Range } from './json-places'

export const EXAMPLE = `{
  "id": "/comment/id",
  "conversation": "/issue/number",
  "text": "/comment/body"
}`
/** All fields of a mapping, in the order in which one thinks of them. */
export const FIELDS = [
  'text',
  'html',
  'id',
  'conversation',
  'subject',
  'name',
  'hints',
  'occurred_at',
  'each',
  'kind',
  'direction',
  'role',
  'answers',
  'files',
  'url',
  'language',
  'type',
  'revision',
  'audience',
  'keep_rest',
] as const

/** What is wrong, in which words, and where in the text. */
export interface Wrong {
  words: string
  /** The place as the server names it. */
  place?: string
  range?: Range
  line?: number
  column?: number
}

const placed = (text: string, range: Range, words: string, place?: string): Wrong => ({
  words,
  place,
  range,
  ...lineOf(text, range[0]),
})

/** JSON of a text, or where it is none. */
export function readJson(text: string, noJson: string): { value?: unknown; wrong?: Wrong } {
  const { broken } = placesOf(text)
  if (broken === null) return { value: JSON.parse(text) as unknown }
  const end = Math.min(broken + 1, text.length)
  return { wrong: placed(text, [Math.min(broken, end), end], noJson) }
}

/** The server names the place first: `hints[0].scope: expected …`. */
export function refused(text: string, error: unknown, said: string): Wrong {
  const detail = error instanceof ApiProblem ? error.problem.detail : ''
  const found = /^([\w.[\]]+): (.+)$/s.exec(detail)
  if (!found) return { words: said }
  const [, place, words] = found as unknown as [string, string, string]
  const range = rangeOf(placesOf(text), place)
  return range ? placed(text, range, words, place) : { words, place }
}

export interface Sample {
  delivery?: string
  payload?: unknown
}
export type Trial = Schemas['MappingTrialOut']
export const tryMapping = (id: string, sample: Sample, mapping: unknown): Promise<Trial> =>
  good(
    api.POST('/api/v1/inboxes/{id}/channel/try-mapping', {
      params: { path: { id } },
      body: { ...sample, ...(mapping === undefined ? {} : { mapping }) } as never,
    }),
  )

/** A mapping that takes nothing and keeps the rest shows what came, without secrets. */
const SHOW = { text: { literal: '-' }, keep_rest: true }
export async function readPayload(id: string, delivery: string): Promise<unknown> {
  const { events } = await tryMapping(id, { delivery }, SHOW)
  return (events[0] as { extra?: unknown } | undefined)?.extra ?? {}
}

/** A line of JSON as people read it, with the pointer of what stands on it. */
export interface Line {
  depth: number
  before: string
  /** A text, whose direction is its own; else empty. */
  text: string
  after: string
  pointer: string
}
const escaped = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1')

export function linesOf(value: unknown, depth = 0, pointer = '', before = '', after = ''): Line[] {
  const line = (sign: string, text = '', end = '') => ({
    depth,
    before: sign,
    text,
    after: end,
    pointer,
  })
  if (typeof value === 'string') {
    const written = JSON.stringify(value).slice(1, -1)
    return [line(`${before}"`, written, `"${after}`)]
  }
  if (typeof value !== 'object' || value === null)
    return [line(`${before}${JSON.stringify(value)}${after}`)]
  const isList = Array.isArray(value)
  const [open, close] = isList ? '[]' : '{}'
  const members = Object.entries(value)
  if (!members.length) return [line(`${before}${open}${close}${after}`)]
  return [
    line(`${before}${open}`),
    ...members.flatMap(([name, member], at) =>
      linesOf(
        member,
        depth + 1,
        `${pointer}/${escaped(name)}`,
        isList ? '' : `${JSON.stringify(name)}: `,
        at < members.length - 1 ? ',' : '',
      ),
    ),
    line(`${close}${after}`),
  ]
}

export interface Taken {
  field: string
  good: boolean
}
/** Which fields of the mapping look at what stands at a pointer. */
export function takenBy(trial: Trial | undefined): Map<string, Taken[]> {
  const all = new Map<string, Taken[]>()
  for (const { field, outcome, at } of trial?.findings ?? []) {
    if (outcome === 'missing') continue
    for (const pointer of at) {
      const fields = all.get(pointer) ?? []
      if (!fields.some((it) => it.field === field))
        all.set(pointer, [...fields, { field, good: outcome === 'found' }])
    }
  }
  return all
}
