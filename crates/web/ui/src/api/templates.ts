/** The templates of a WhatsApp account, as the platform has approved them. */
import { api, good, type Schemas } from './client'

export interface TemplatePlace {
  part: 'header' | 'body' | 'button'
  button: number | null
  name: string
  example: string | null
}

export interface Template {
  name: string
  language: string
  title: string | null
  category: string | null
  header: string | null
  body: string
  footer: string | null
  buttons: { label: string; url: string | null }[]
  parameters: TemplatePlace[]
  usable: boolean
  unusable_because: string | null
}

export interface Templates {
  items: Template[]
  next_cursor: string | null
  asked_at: string
}

/** All of them: an account has no more than some pages. */
export async function listTemplates(inbox: string, refresh = false): Promise<Templates> {
  const path = `/api/v1/inboxes/${inbox}/templates?limit=200`
  const all = await call<Templates>('GET', refresh ? `${path}&refresh=true` : path)
  while (all.next_cursor) {
    const more = await call<Templates>(
      'GET',
      `${path}&cursor=${encodeURIComponent(all.next_cursor)}`,
    )
    all.items.push(...more.items)
    all.next_cursor = more.next_cursor
  }
  return all
}
