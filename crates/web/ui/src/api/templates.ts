/** The templates of an inbox of WhatsApp, as the platform has approved them. */
import { api, good, type Schemas } from './client'

export type Template = Schemas['TemplateOut']
export type TemplatePlace = Schemas['TemplatePlaceOut']

/** All of them: an account has no more than some pages. */
export async function listTemplates(inbox: string, refresh = false) {
  const page = (cursor?: string) =>
    good(
      api.GET('/api/v1/inboxes/{id}/templates', {
        params: { path: { id: inbox }, query: { limit: 200, refresh, cursor } },
      }),
    )
  const all = await page()
  while (all.next_cursor) {
    const more = await page(all.next_cursor)
    all.items.push(...more.items)
    all.next_cursor = more.next_cursor
  }
  return all
}
