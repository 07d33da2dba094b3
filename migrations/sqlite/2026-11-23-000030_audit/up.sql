-- The audit trail: the few events, among all, that tell who changed what. The query names the same kinds.
CREATE INDEX domain_events_audit ON domain_events (id)
    WHERE kind IN ('admin.changed', 'customer.erased', 'customer.merged', 'customer.unmerged', 'item.redacted');
