//! What is kept of a mail that arrives.
