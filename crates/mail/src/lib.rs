//! RFC 5322 bytes to parsed mail, pure.
