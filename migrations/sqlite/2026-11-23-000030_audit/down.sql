DROP INDEX domain_events_audit;
