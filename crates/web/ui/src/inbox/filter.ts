/**
 * Which tickets a list shows. A view is a set of parameters; the address of the page says what is
 * different from it now, so that every state of the list can be linked to.
 */
import type { LocationQuery, LocationQueryRaw } from 'vue-router'
import type { Parameters } from '@/api/views'
import { isBuiltIn, type BuiltIn } from './views'

export const MANY = ['status', 'category', 'priority', 'tag', 'inbox', 'channel'] as const
export const ONE = [
  'q',
  'assignee_agent',
  'assignee_team',
  'mentioned',
  'customer',
  'created_from',
  'created_until',
  'updated_from',
  'updated_until',
  'sort',
] as const
export const SORTS = ['updated', 'updated_asc', 'created', 'created_asc', 'priority'] as const
export type Sort = (typeof SORTS)[number]
export type FilterName = (typeof MANY)[number] | (typeof ONE)[number]
export type Filter = Partial<Record<FilterName, string[]>>

export const NAMES: readonly FilterName[] = [...MANY, ...ONE]
const isMany = (name: FilterName): boolean => (MANY as readonly string[]).includes(name)

export interface Person {
  id: string
  teams: string[]
}

/** What a view that everybody has stands for. */
export function builtIn(view: BuiltIn, me: Person): Filter {
  const open = { category: ['open'] }
  switch (view) {
    case 'mine':
      return { ...open, assignee_agent: [me.id] }
    case 'unassigned':
      return { ...open, assignee_agent: ['none'] }
    case 'mentions':
      return { mentioned: ['me'] }
    case 'teams':
      return { ...open, assignee_team: [me.teams.length === 1 ? (me.teams[0] as string) : 'mine'] }
    case 'open':
      return open
    case 'all':
      return {}
  }
}

export function baseOf(view: string, me: Person, kept: Parameters | undefined): Filter {
  return isBuiltIn(view) ? builtIn(view, me) : known(kept ?? {})
}

function known(parameters: Parameters): Filter {
  const pairs = NAMES.filter((name) => parameters[name]?.length).map((name) => [
    name,
    parameters[name],
  ])
  return Object.fromEntries(pairs) as Filter
}

/** The view's parameters with those of the address instead; an empty one takes the view's away. */
export function filterOf(base: Filter, query: LocationQuery): Filter {
  const filter: Filter = { ...base }
  for (const name of NAMES) {
    const said = query[name]
    if (said === undefined) continue
    const values = (Array.isArray(said) ? said : [said]).filter((it): it is string => !!it)
    if (values.length === 0) delete filter[name]
    else filter[name] = isMany(name) ? values : values.slice(0, 1)
  }
  return filter
}

const same = (a: string[] = [], b: string[] = []): boolean =>
  a.length === b.length && a.every((it) => b.includes(it))

/** The least that the address has to say so that this filter comes of that view. */
export function queryOf(base: Filter, filter: Filter): LocationQueryRaw {
  const query: LocationQueryRaw = {}
  for (const name of NAMES) {
    const values = filter[name] ?? []
    if (same(values, base[name])) continue
    query[name] = values.length === 0 ? '' : isMany(name) ? values : values[0]
  }
  return query
}

export const isChanged = (base: Filter, filter: Filter): boolean =>
  Object.keys(queryOf(base, filter)).length > 0

/** How many conditions differ from the view; order and search text are seen elsewhere. */
export const conditions = (base: Filter, filter: Filter): number =>
  Object.keys(queryOf(base, filter)).filter((name) => name !== 'sort' && name !== 'q').length

/** As the client of the API takes it. */
export function parametersOf(filter: Filter): Record<string, string | string[]> {
  return Object.fromEntries(
    NAMES.filter((name) => filter[name]?.length).map((name) => [
      name,
      isMany(name) ? (filter[name] as string[]) : (filter[name]?.[0] as string),
    ]),
  )
}

/** The first moment of a day where the reader is, and the one after its last. */
export const startOf = (day: string): string => new Date(`${day}T00:00:00`).toISOString()
export function endOf(day: string): string {
  const next = new Date(`${day}T00:00:00`)
  next.setDate(next.getDate() + 1)
  return next.toISOString()
}

/** The day that a field for dates shows for an instant; for an end, the last day before it. */
export function dayOf(instant: string | undefined, end = false): string {
  if (!instant) return ''
  const then = new Date(Date.parse(instant) - (end ? 1 : 0))
  const two = (it: number) => String(it).padStart(2, '0')
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())}`
}
