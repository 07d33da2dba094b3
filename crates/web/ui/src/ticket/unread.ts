// Types by hand until the document has them.
import { call } from '@/api/untyped'

/** Puts a ticket back among those that I have not read. */
export const markUnread = (ticket: string): Promise<void> =>
  call('POST', `/api/v1/tickets/${ticket}/unread`)
