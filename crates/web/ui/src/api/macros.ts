/** Answers that are often given. */
import { api, good, type Schemas } from './client'

export type MacroActions = Schemas['ActionsOut']
export type MacroOut = Schemas['MacroOut']

export async function listMacros(): Promise<MacroOut[]> {
  const all: MacroOut[] = []
  let cursor: string | undefined
  do {
    const query = { limit: 100, cursor }
    const page = await good(api.GET('/api/v1/macros', { params: { query } }))
    all.push(...page.items)
    cursor = page.next_cursor ?? undefined
  } while (cursor)
  return all
}

export const createMacro = (body: Schemas['MacroIn']) => good(api.POST('/api/v1/macros', { body }))

export const changeMacro = (id: string, version: number, body: Schemas['MacroPatch']) => {
  const params = { path: { id }, header: { 'If-Match': `"v${version}"` } }
  return good(api.PATCH('/api/v1/macros/{id}', { params, body }))
}

export const removeMacro = (id: string) =>
  good(api.DELETE('/api/v1/macros/{id}', { params: { path: { id } } }))

export const previewMacro = (id: string, ticket: string) =>
  good(api.POST('/api/v1/macros/{id}/preview', { params: { path: { id } }, body: { ticket } }))
