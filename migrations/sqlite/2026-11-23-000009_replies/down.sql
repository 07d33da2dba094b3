ALTER TABLE outgoing_mails DROP COLUMN progress;
