DROP TABLE stream_tickets;
DROP TABLE webhook_attempts;
DROP TABLE webhooks;
