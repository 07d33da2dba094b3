-- Replies to chats.

-- What was done of a reply that consists of several messages, so that nothing is sent twice.
ALTER TABLE outgoing_mails ADD COLUMN progress TEXT;
