/** What was read from the server is kept here and read again when an event says that it changed. */
import { QueryClient } from '@tanstack/vue-query'
import { ApiProblem } from './problem'

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A refusal stays one; what did not get through is tried again.
      retry: (count, error) => !(error instanceof ApiProblem && error.status < 500) && count < 2,
    },
  },
})

/** The first words of query keys: whoever changes a thing says which of these are stale. */
export const keys = {
  tickets: 'tickets',
  ticket: 'ticket',
  timeline: 'timeline',
  customer: 'customer',
  counts: 'counts',
  views: 'views',
  directory: 'directory',
} as const
