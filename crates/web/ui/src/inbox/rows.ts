/** A row of the list: a ticket, and what a list shows beside it. */
import type { Schemas } from '@/api/client'

export type TicketRow = Schemas['TicketOut']

export interface RowPage {
  items: TicketRow[]
  next_cursor: string | null
}

export const timeOf = (ticket: TicketRow): string =>
  ticket.row?.last_at ?? ticket.last_message_at ?? ticket.created_at

export const isPressing = (ticket: TicketRow): boolean =>
  ticket.priority === 'high' || ticket.priority === 'urgent'

export const ROW_HEIGHT = { comfortable: 88, compact: 64 } as const
