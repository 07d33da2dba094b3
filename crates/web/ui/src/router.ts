/** Every state of the desk has an address, so that it can be linked to and the back button works. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { resume } from './api/session'

declare module 'vue-router' {
  interface RouteMeta {
    open?: boolean
  }
}

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
        component: () => import('./customer/CustomersPage.vue'),
      },
      {
        path: 'customers/:id',
        name: 'customer',
        component: () => import('./customer/CustomerPage.vue'),
      },
      {
        path: 'admin/:section?/:id?/:part?',
        name: 'admin',
        component: () => import('./admin/AdminPage.vue'),
      },
      { path: 'profile', name: 'profile', component: () => import('./sign-in/ProfilePage.vue') },
      { path: ':rest(.*)*', name: 'lost', component: () => import('./shell/LostPage.vue') },
    ],
  },
  {
    path: '/customers/:id/print',
    name: 'print',
    component: () => import('./customer/PrintPage.vue'),
  },
]

export const router = createRouter({ history: createWebHistory(), routes })

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  if (!(await resume())) return { name: 'sign-in', query: { next: to.fullPath } }
  return true
})
