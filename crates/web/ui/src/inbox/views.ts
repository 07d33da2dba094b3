/** The views that everybody has: a name, an icon, and the filter they stand for. */
import { AtSign, CircleUser, Inbox, UserRoundX, UsersRound, Layers } from '@lucide/vue'
import type { Component } from 'vue'

export const BUILT_IN = ['mine', 'unassigned', 'mentions', 'teams', 'open', 'all'] as const
export type BuiltIn = (typeof BUILT_IN)[number]

export const VIEW_ICONS: Record<BuiltIn, Component> = {
  mine: CircleUser,
  unassigned: UserRoundX,
  mentions: AtSign,
  teams: UsersRound,
  open: Inbox,
  all: Layers,
}

export const isBuiltIn = (view: string): view is BuiltIn =>
  (BUILT_IN as readonly string[]).includes(view)
