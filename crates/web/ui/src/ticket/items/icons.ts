/** What kind of thing an item is, as a picture. */
import {
  Bell,
  BookOpenCheck,
  Box,
  Calendar,
  Check,
  ClipboardList,
  CreditCard,
  File,
  Flag,
  Globe,
  Handshake,
  Key,
  Megaphone,
  MessageCircle,
  Phone,
  ShoppingCart,
  Star,
  TriangleAlert,
  Truck,
  User,
  X,
} from '@lucide/vue'
import type { Component } from 'vue'
import type { Item } from '../timeline/entries'

/** The names that types of pushed events may give. */
const NAMED: Record<string, Component> = {
  bell: Bell,
  box: Box,
  calendar: Calendar,
  card: CreditCard,
  cart: ShoppingCart,
  chat: MessageCircle,
  check: Check,
  cross: X,
  file: File,
  flag: Flag,
  globe: Globe,
  key: Key,
  page: Globe,
  phone: Phone,
  star: Star,
  truck: Truck,
  user: User,
  warning: TriangleAlert,
}
const OF_KIND: Partial<Record<Item['kind'], Component>> = {
  brief: BookOpenCheck,
  call: Phone,
  promise: Handshake,
  review: Star,
  social_mention: Megaphone,
  survey_response: ClipboardList,
}

export const iconOf = (item: Item): Component =>
  OF_KIND[item.kind] ?? NAMED[item.event?.icon ?? ''] ?? Calendar
