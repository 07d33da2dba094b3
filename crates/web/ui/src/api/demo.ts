/** The sample data of a new installation. */
// Types by hand until the document has them
import { call } from './untyped'

export interface Demo {
  present: boolean
  inbox: string | null
  mails: number
  tickets: number
  customers: number
}

export interface DemoRemoved {
  mails: number
  tickets: number
  customers: number
  inbox_removed: boolean
  kept_tickets: { id: string; number: number }[]
  kept_customers: string[]
}

export const readDemo = (): Promise<Demo> => call('GET', '/api/v1/demo')
export const removeDemo = (): Promise<DemoRemoved> => call('DELETE', '/api/v1/demo')
