//! Real mail servers from the machine's packages, and hand-written misbehaving ones of mail and HTTP,
//! started for tests on free loopback ports in temporary folders and stopped when dropped. Knows
//! nothing of the product.

pub mod cyrus;
pub mod dovecot;
pub mod http;
pub mod smtp;
pub mod synapse;
