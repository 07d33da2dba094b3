/** Every state of the desk has an address, so that it can be linked to and the back button works. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { resume, session } from './api/session'
import { needWords, type Part } from './i18n'

declare module 'vue-router' {
  interface RouteMeta {
    open?: boolean
  }
}

/** A page and the words that it speaks besides those of the list. */
const page = (load: () => Promise<unknown>, words: Part) => async () =>
  (await Promise.all([load(), needWords(words)]))[0] as { default: object }

const routes: RouteRecordRaw[] = [
  {
    path: '/sign-in',
    name: 'sign-in',
    meta: { open: true },
    component: () => import('./sign-in/SignInPage.vue'),
  },
  {
    path: '/',
    component: () => import('./shell/AppShell.vue'),
    children: [
      { path: '', redirect: '/inbox/open' },
      // /inbox/<view>/<number of a ticket>?item=<deep link>&q=…&sort=…
      {
        path: 'inbox/:view/:number(\\d+)?',
        name: 'inbox',
        component: () => import('./inbox/InboxPage.vue'),
      },
      {
        path: 'tickets/:number(\\d+)',
        redirect: (to) => `/inbox/open/${String(to.params.number)}`,
      },
      {
        path: 'customers',
        name: 'customers',
        component: page(() => import('./customer/CustomersPage.vue'), 'reading'),
      },
      {
        path: 'customers/:id',
        name: 'customer',
        component: page(() => import('./customer/CustomerPage.vue'), 'reading'),
      },
      {
        path: 'admin/:section?/:id?/:part?',
        name: 'admin',
        component: page(() => import('./admin/AdminPage.vue'), 'admin'),
      },
      { path: 'profile', name: 'profile', component: () => import('./sign-in/ProfilePage.vue') },
      { path: ':rest(.*)*', name: 'lost', component: () => import('./shell/LostPage.vue') },
    ],
  },
  {
    path: '/customers/:id/print',
    name: 'print',
    component: page(() => import('./customer/PrintPage.vue'), 'reading'),
  },
]

export const router = createRouter({ history: createWebHistory(), routes })

router.beforeEach(async (to) => {
  // Whose session has ended while the page was open signs in over it; see `session.ts`.
  if (to.meta.open || session.agent) return true
  if (!(await resume())) return { name: 'sign-in', query: { next: to.fullPath } }
  return true
})
