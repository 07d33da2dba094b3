/** The sample data. Types by hand until the document has them. */
import { byHand } from './audit'
import { ApiProblem } from './problem'

export interface Demo {
  present: boolean
  inbox: string | null
  mails: number
  tickets: number
  customers: number
}
export interface DemoRemoved {
  mails: number
  items: number
  tickets: number
  customers: number
  events: number
  inbox_removed: boolean
  kept_tickets: { id: string; number: number }[]
  kept_customers: string[]
}

/** Null where the server does not know of it. */
export async function readDemo(): Promise<Demo | null> {
  try {
    return await byHand<Demo>('/api/v1/demo')
  } catch (error) {
    if (error instanceof ApiProblem && error.code === 'unknown_route') return null
    throw error
  }
}

export const removeDemo = (): Promise<DemoRemoved> => byHand('/api/v1/demo', 'DELETE')
