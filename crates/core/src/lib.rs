//! Customers, tickets, tags, the timeline and the rules, as pure functions.
