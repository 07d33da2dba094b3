// Types by hand until the document has them
import type { Schemas } from './client'
import { call } from './untyped'

export interface MacroActions {
  status: string | null
  priority: Schemas['Priority'] | null
  assignee_agent: string | null
  assignee_team: string | null
  add_tags: string[]
  remove_tags: string[]
}

export interface MacroOut {
  id: string
  name: string
  owner: string
  shared: boolean
  body: string
  actions: MacroActions
  version: number
}

export interface MacroIn {
  name: string
  shared: boolean
  body: string
  actions: MacroActions
}

export interface MacroPreview {
  body: string
  missing: string[]
  actions: MacroActions
  changes: Schemas['FieldChangeOut'][]
  version: number
}

/** What is null stays as it is, and is left out of what is sent. */
export function given(actions: MacroActions): Partial<MacroActions> {
  const told = Object.entries(actions).filter(([, it]) => it !== null && it !== '')
  return Object.fromEntries(told) as Partial<MacroActions>
}

export async function listMacros(): Promise<MacroOut[]> {
  const all: MacroOut[] = []
  let cursor: string | null = null
  do {
    const after: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''
    const page: { items: MacroOut[]; next_cursor: string | null } = await call(
      'GET',
      `/api/v1/macros?limit=100${after}`,
    )
    all.push(...page.items)
    cursor = page.next_cursor
  } while (cursor)
  return all
}

const body = (one: MacroIn) => ({ ...one, actions: given(one.actions) })

export const createMacro = (one: MacroIn): Promise<MacroOut> =>
  call('POST', '/api/v1/macros', { body: body(one) })

export const changeMacro = (id: string, version: number, one: MacroIn): Promise<MacroOut> =>
  call('PATCH', `/api/v1/macros/${id}`, {
    body: body(one),
    headers: { 'If-Match': `"v${version}"` },
  })

export const removeMacro = (id: string): Promise<void> => call('DELETE', `/api/v1/macros/${id}`)

export const previewMacro = (id: string, ticket: string): Promise<MacroPreview> =>
  call('POST', `/api/v1/macros/${id}/preview`, { body: { ticket } })
