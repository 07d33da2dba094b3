/** A row of the list: a ticket, and what a list shows beside it. */
import type { Schemas } from '@/api/client'

export type RowDetails = Schemas['TicketRowOut'] & {
  /** When the next promise to the customer falls due, once there is such a thing. */
  due_at?: string | null
}

/** The details are absent on an older server, and nothing is asked for in their place. */
export type TicketRow = Schemas['TicketOut'] & { row?: RowDetails | null }

export interface RowPage {
  items: TicketRow[]
  next_cursor: string | null
}

export const timeOf = (ticket: TicketRow): string =>
  ticket.row?.last_at ?? ticket.last_message_at ?? ticket.created_at

export const isPressing = (ticket: TicketRow): boolean =>
  ticket.priority === 'high' || ticket.priority === 'urgent'

export const ROW_HEIGHT = { comfortable: 88, compact: 64 } as const
